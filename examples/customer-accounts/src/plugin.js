// A reseller's tree: the cost center says which customer, the department which account of that customer.
// See `../README.md`.
// @ts-check
import { ENTERPRISE, Problems, Refusal, enterprise, placement } from "rolecall-plugin-sdk";

/** @typedef {{ cost_center: string, tenant: string, departments?: Record<string, string> }} Customer */

const text = { type: "string", minLength: 1 };
const customer = {
  type: "object",
  properties: { cost_center: text, tenant: text, departments: { type: "object", additionalProperties: text } },
  required: ["cost_center", "tenant"],
  additionalProperties: false,
};
export const settingsSchema = {
  type: "object",
  properties: { customers: { type: "array", items: customer } },
  required: ["customers"],
};

/**
 * A tenant that isn't there is a mistake now, and not one user after the other.
 * @param {import("rolecall-plugin-sdk").Setup<{ customers: Customer[] }>} setup
 */
export function prepare({ settings: { customers }, tenants }) {
  const problems = customers.flatMap(({ tenant, departments = {} }, at) =>
    [tenant, ...Object.values(departments)]
      .filter((key) => !tenants.includes(key))
      .map((key) => ({ code: "no_such_tenant", detail: `There is no tenant ${key}.`, path: `/customers/${at}` })),
  );
  if (problems.length) throw new Problems(...problems);
  // The more a start says, the sooner it is tried.
  return [...customers].sort((a, b) => b.cost_center.length - a.cost_center.length);
}

/** @type {import("rolecall-plugin-sdk").Tenants<any, Customer[]>} */
export function placements({ user, prepared: customers }) {
  const costCenter = enterprise(user, "costCenter");
  const customer = customers.find(({ cost_center }) => costCenter?.startsWith(cost_center));
  if (!customer) {
    const detail = costCenter === null ? "Set the user's cost center." : `No customer has cost center ${costCenter}.`;
    throw new Refusal("no_customer", detail, `/${ENTERPRISE}/costCenter`);
  }
  const because = `costCenter is ${costCenter}`;
  const { tenant, departments = {} } = customer;
  const department = enterprise(user, "department");
  if (department === null || !Object.hasOwn(departments, department)) return [placement(tenant, because)];
  return [placement(departments[department], `${because}, department is ${department}`)];
}

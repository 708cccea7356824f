# The example's mapping: see `examples/reseller-mapping`.
package mapping

enterprise := input.user["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]

by_attribute := [["costCenter", "EU-", "emea"], ["costCenter", "AP-", "apac"], ["department", "EMEA Sales", "emea-sales"]]

by_group := [
	[" Admins", "role", "admin"], [" Admins", "feature", "sso_audit"],
	[" Analysts", "role", "analyst"], [" Analysts", "feature", "exports"],
	[" Viewers", "role", "viewer"],
]

profile := {
	"name": input.user.displayName,
	"email": [email.value | some email in input.user.emails; email.type == "work"][0],
	"title": input.user.title,
}

by_cost := [placement |
	some rule in by_attribute
	value := enterprise[rule[0]]
	startswith(value, rule[1])
	placement := {
		"tenant": sprintf("%s-%s", [input.home, rule[2]]),
		"reason": sprintf("%s is %s", [rule[0], value]),
		"groups": [],
	}
]

by_hq := [placement |
	some group in input.groups
	group.display == "Northwind HQ"
	placement := {"tenant": input.home, "reason": "member of Northwind HQ", "groups": [group.value]}
]

placements := array.concat(by_cost, by_hq)

grants := [grant |
	some group in input.groups
	some rule in by_group
	endswith(group.display, rule[0])
	some placement in placements
	grant := {
		"tenant": placement.tenant,
		"kind": rule[1],
		"name": rule[2],
		"reason": sprintf("member of %s", [group.display]),
		"groups": [group.value],
	}
]

decision := {"profile": profile, "placements": placements, "grants": grants}

// Written by `rolecall plugin build`.
import { exported } from "rolecall-plugin-sdk/exports.js";
import * as plugin from "{{main}}";

export const { {{interfaces}} } = exported(plugin, {{about}});

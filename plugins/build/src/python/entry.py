# Written by `rolecall plugin build`.
from rolecall_plugin_sdk.exports import {{classes}}, bind

import {{module}} as plugin

bind(plugin, {{name}}, {{version}})

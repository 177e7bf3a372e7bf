-- A new annotation on the pods is a new revision, rolled out as any other.
local os = require("os")
if obj.spec.template == nil then
  obj.spec.template = {}
end
if obj.spec.template.annotations == nil then
  obj.spec.template.annotations = {}
end
obj.spec.template.annotations["kubectl.kubernetes.io/restartedAt"] = os.date("!%Y-%m-%dT%XZ")
return obj

-- The summary of a ServerPool is its condition Ready. One without nodes is Ready when its nodes would be made on demand.
-- The kind follows kstatus (Stalled).
-- copied from lua/seen.lua
local health = { status = "Progressing", message = "Waiting for the operator" }
if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "The operator has not seen the latest change yet"
  return health
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end
local function has(name, status)
  return conditions[name] ~= nil and conditions[name].status == status
end
-- end of copy

-- copied from lua/ready.lua
if has("Ready", "True") then
  return { status = "Healthy", message = conditions["Ready"].message }
end
if conditions["Ready"] ~= nil then
  return { status = "Degraded", message = conditions["Ready"].reason .. ": " .. conditions["Ready"].message }
end
return health
-- end of copy

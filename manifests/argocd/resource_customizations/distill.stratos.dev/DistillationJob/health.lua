-- The summary of a DistillationJob is its condition Succeeded: Unknown while it runs, with the state as reason.
-- A running job is Progressing, as a batch/v1 Job is. The kind also follows kstatus (Stalled).
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

if has("Succeeded", "True") then
  return { status = "Healthy", message = conditions["Succeeded"].message }
end
if has("Failed", "True") then
  return { status = "Degraded", message = conditions["Failed"].message }
end
if has("Succeeded", "False") then
  return { status = "Degraded", message = conditions["Succeeded"].message }
end
if has("Stalled", "True") then
  return { status = "Degraded", message = conditions["Stalled"].message }
end
if has("Suspended", "True") then
  return { status = "Suspended", message = conditions["Suspended"].message }
end

if conditions["Succeeded"] ~= nil then
  local state = conditions["Succeeded"].reason
  if obj.status.progress ~= nil then
    state = state .. " " .. obj.status.progress
  end
  health.message = state .. ": " .. conditions["Succeeded"].message
end
return health

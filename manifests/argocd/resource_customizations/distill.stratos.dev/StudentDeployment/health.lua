-- The summary of a StudentDeployment is its condition Ready. One that is scaled to zero because nobody asks it is
-- Ready, so it is Healthy too. The kind follows kstatus (Stalled).
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

if conditions["Stalled"] ~= nil and conditions["Stalled"].status == "True" then
  return { status = "Degraded", message = conditions["Stalled"].message }
end
-- The old revision may well serve, but what Git asks for does not.
local rollout = conditions["Progressing"]
if rollout ~= nil and rollout.status == "False"
    and (rollout.reason == "RolledBack" or rollout.reason == "ProgressDeadlineExceeded") then
  return { status = "Degraded", message = rollout.message }
end
if obj.spec.paused == true then
  return { status = "Suspended", message = "Paused: nothing is changed until spec.paused is false" }
end
local ready = conditions["Ready"]
if ready ~= nil then
  if ready.status == "True" then
    return { status = "Healthy", message = ready.message }
  end
  health.message = ready.reason .. ": " .. ready.message
end
return health

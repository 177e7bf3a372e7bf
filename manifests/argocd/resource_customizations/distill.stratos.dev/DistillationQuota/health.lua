-- The summary of a DistillationQuota is its condition Ready: its ledger is kept. A cap that is reached, or a job that
-- waits, is what a quota is for, and no fault of it: the message says how much is left.
local health = { status = "Progressing", message = "Waiting for the operator" }
if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "The operator has not seen the latest change yet"
  return health
end

for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    if condition.status == "True" then
      return { status = "Healthy", message = condition.message }
    end
    return { status = "Degraded", message = condition.reason .. ": " .. condition.message }
  end
end
return health

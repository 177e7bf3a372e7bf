local finished = false
local awaitsApproval = false
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Succeeded" then
      finished = condition.status ~= "Unknown"
      awaitsApproval = condition.reason == "AwaitingApproval"
    end
  end
end
local suspended = obj.spec.suspend == true

local actions = {}
actions["suspend"] = { iconClass = "fa fa-fw fa-pause", disabled = suspended or finished }
actions["resume"] = { iconClass = "fa fa-fw fa-play", disabled = not suspended }
actions["approve"] = { iconClass = "fa fa-fw fa-check", disabled = not awaitsApproval or obj.status.plan == nil }
return actions

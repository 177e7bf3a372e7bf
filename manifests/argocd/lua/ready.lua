if has("Ready", "True") then
  return { status = "Healthy", message = conditions["Ready"].message }
end
if conditions["Ready"] ~= nil then
  return { status = "Degraded", message = conditions["Ready"].reason .. ": " .. conditions["Ready"].message }
end
return health

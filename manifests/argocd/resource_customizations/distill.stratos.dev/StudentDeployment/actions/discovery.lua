local paused = obj.spec.paused == true

local actions = {}
actions["restart"] = { iconClass = "fa fa-fw fa-redo", disabled = paused }
actions["pause"] = { iconClass = "fa fa-fw fa-pause", disabled = paused }
actions["resume"] = { iconClass = "fa fa-fw fa-play", disabled = not paused }
return actions

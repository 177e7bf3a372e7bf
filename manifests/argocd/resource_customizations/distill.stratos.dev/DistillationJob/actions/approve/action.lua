-- The very plan that is shown: if the operator makes another one meanwhile, that one waits for its own approval.
obj.spec.approvedPlan = obj.status.plan.id
return obj

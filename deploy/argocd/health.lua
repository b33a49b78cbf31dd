-- The health of a HybridNetwork for Argo CD. It goes by the conditions in the order of kstatus, and shows the message of
-- the condition that decides. docs/gitops.md says why each state is what it is.
--
-- Suspended: the operator waits for somebody's word, and nothing is broken.
-- Degraded: a person is needed.
-- While the object is being deleted Argo CD says "Pending deletion" without asking this script.

local waiting = { ApprovalRequired = true, PlanPending = true }

local health = { status = "Progressing", message = "Waiting for the operator" }
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function is(kind, value)
  return conditions[kind] ~= nil and conditions[kind].status == value
end

local function say(word, condition)
  health.status = word
  health.message = condition.message or condition.reason
  return health
end

-- Of the spec, not of the status: nothing is repaired from the moment it stands there, also where no operator runs.
if obj.spec ~= nil and obj.spec.suspend == true then
  health.status = "Suspended"
  health.message = "spec.suspend is true: nothing is repaired, and what was held is let go of."
  return health
end

if status.observedGeneration ~= nil and status.observedGeneration ~= obj.metadata.generation then
  health.message = "Waiting for the operator to read the latest spec"
  return health
end

-- Before Reconciling: in a fight with another writer both are there.
if is("Stalled", "True") then
  if waiting[conditions.Stalled.reason] then
    return say("Suspended", conditions.Stalled)
  end
  return say("Degraded", conditions.Stalled)
end

if is("Reconciling", "True") then
  return say("Progressing", conditions.Reconciling)
end

if is("Ready", "True") then
  return say("Healthy", conditions.Ready)
end

if is("Ready", "False") then
  if waiting[conditions.Ready.reason] then
    return say("Suspended", conditions.Ready)
  end
  return say("Degraded", conditions.Ready)
end

if conditions.Ready ~= nil then
  return say("Progressing", conditions.Ready)
end

return health

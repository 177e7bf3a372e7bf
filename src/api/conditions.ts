/**
 * Condition types and reasons, one sentence each. A reason that comes from elsewhere (a pod's, a stage's error, Kueue's) is
 * passed on as it is, so readers of a condition must expect others; those the operator itself gives are all here.
 */

interface ConditionMeaning {
  /** What `True` means. */
  readonly meaning: string;
  readonly reasons: Readonly<Record<string, string>>;
}

/** Conditions that kstatus reads; they exist only while they are `True`. */
const kstatus = {
  Reconciling: {
    meaning: 'The operator is still working towards the spec.',
    reasons: { Progressing: 'Something is under way.' },
  },
  Stalled: {
    meaning: 'Nothing will change until somebody changes the spec or the cluster. The reason is that of the summary.',
    reasons: {},
  },
} as const satisfies Record<string, ConditionMeaning>;

export const distillationJobConditions = {
  Accepted: {
    meaning: 'The spec can be worked on.',
    reasons: {
      Accepted: 'The spec is accepted.',
      Unsupported: 'The spec asks for something that this version of the operator cannot do; the message names it.',
      TeacherAddressInternal: 'The URL of a teacher leads into the pod, its node, or the API server.',
    },
  },
  Profiled: {
    meaning: 'What the teachers and students know of the task has been measured.',
    reasons: {
      ProfileMeasured: 'The models have been probed.',
      Profiling: 'The models are being probed.',
      WorkspaceNotFound: 'The claim that the spec names for the workspace does not exist.',
      WorkspaceTaken:
        'The claim of the workspace is there and belongs to somebody else, such as a deleted job of the same name.',
      PoolUnavailable: 'No pool that could run the probe is in the cluster now.',
      PodsNotCreated: 'The Job of the stage has no pod; the events of the Job say why.',
      Queued: 'The Job of the stage waits in a queue of Kueue.',
    },
  },
  Piloted: {
    meaning: 'The trial runs that the spec allows are over; there is no such condition when it allows none.',
    reasons: {
      Piloting: 'Recipes are being tried.',
      PilotsMeasured: 'As many trial runs as are allowed, or as make sense, have been made.',
      ChoiceDecided: 'No further trial run could change the choice.',
      NothingToDecide: 'No trial run could change the choice, so none was made.',
      PilotBudgetSpent: 'The next trial run would exceed the share of the budget that trial runs may spend.',
      NoPilotPossible: 'No pool of the plan can run the next trial now.',
      PoolUnavailable: 'No pool of the plan is in the cluster now.',
      PodsNotCreated: 'The Job of the stage has no pod; the events of the Job say why.',
      Queued: 'The Job of the stage waits in a queue of Kueue.',
    },
  },
  PlanSelected: {
    meaning: 'A teacher, a student, a strategy and the pools have been chosen.',
    reasons: {
      PlanSelected: 'The plan is in force.',
      AwaitingApproval: 'The plan runs once approvedPlan names it.',
      NoFeasibleCandidate: 'Every candidate breaks a limit; the plan says which.',
      RequestInvalid: 'A number of the request makes no sense; the message names it.',
      NoPools: 'The cluster has no pool to plan on.',
      NoModels: 'The size of no teacher or of no student is known.',
    },
  },
  DataReady: {
    meaning: 'Training data has been generated and verified.',
    reasons: {
      DataVerified: 'The data is ready.',
      Synthesizing: 'The data is being generated.',
      PoolUnavailable: 'No pool of the plan is in the cluster now.',
      PodsNotCreated: 'The Job of the stage has no pod; the events of the Job say why.',
      Queued: 'The Job of the stage waits in a queue of Kueue.',
    },
  },
  Trained: {
    meaning: 'The student has been trained.',
    reasons: {
      TrainingComplete: 'Training is complete.',
      Training: 'The student is being trained.',
      PoolUnavailable: 'No pool of the plan is in the cluster now.',
      PodsNotCreated: 'The Job of the stage has no pod; the events of the Job say why.',
      Queued: 'The Job of the stage waits in a queue of Kueue.',
    },
  },
  Evaluated: {
    meaning: 'The student has been measured on held-out examples, and may be published.',
    reasons: {
      EvaluationMeasured: 'The student has been measured, and the spec sets no floor.',
      AccuracyReached: 'The lower end of the interval reaches the accuracy floor.',
      AccuracyNotMet: 'The lower end of the interval stays below the accuracy floor.',
      Evaluating: 'The student is being measured.',
      PoolUnavailable: 'No pool of the plan is in the cluster now.',
      PodsNotCreated: 'The Job of the stage has no pod; the events of the Job say why.',
      Queued: 'The Job of the stage waits in a queue of Kueue.',
    },
  },
  Published: {
    meaning: 'The weights are where the output says.',
    reasons: {
      ArtifactPublished: 'The weights are published.',
      Publishing: 'The weights are being published.',
      PoolUnavailable: 'No pool of the plan is in the cluster now.',
      PodsNotCreated: 'The Job of the stage has no pod; the events of the Job say why.',
      Queued: 'The Job of the stage waits in a queue of Kueue.',
    },
  },
  BudgetAvailable: {
    meaning: 'Money is left in the budget; there is no such condition without a budget.',
    reasons: {
      WithinBudget: 'Less is spent than the budget.',
      BudgetExhausted: 'The budget is spent; it can be raised.',
    },
  },
  QuotaReserved: {
    meaning:
      'The quotas of the namespace have granted what the job needs now; there is no such condition without a quota.',
    reasons: {
      QuotaReserved: 'The job may run, up to what the message says.',
      QuotaPending: 'The ledger is about to be written.',
      CostCap: 'The money of the period is spent or reserved.',
      GpuHoursCap: 'The GPU-hours of the period are used or reserved.',
      GpuCap: 'Other jobs hold the GPUs that the quota allows at once.',
      JobCap: 'As many jobs run as the quota allows at once.',
      LargestJob: 'The job needs more than a single job may have.',
      PriceUnknown: 'The job would run where the price is unknown, or not in the currency of the quota.',
      Ended: 'The job is being deleted; the ledger has still to settle it.',
      Settled: 'The job has ended and is in the ledger.',
    },
  },
  Admitted: {
    meaning:
      "Kueue lets the Job of the stage run; there is no such condition of a job whose Jobs are in no queue. Reasons of the Job's Workload are passed on.",
    reasons: {
      Admitted: 'Kueue has admitted the Job.',
      NotTakenIn: 'Kueue has not looked at the Job yet.',
      AdmissionChecksPending: 'Quota is reserved, and admission checks of the ClusterQueue are not ready.',
      KueueNotFound: 'The spec names a queue, and no Workload of Kueue is served, or may be read.',
      Withdrawn: 'The operator has taken the Job out of its queue; it is made again when the job goes on.',
    },
  },
  Suspended: {
    meaning: 'No pod runs, because the spec says so; the checkpoint is kept.',
    reasons: { SuspendedByUser: 'The spec asks for it.', Resumed: 'The job runs again.' },
  },
  Succeeded: {
    meaning: 'The student is published; Unknown while the job runs, and the reason is then its state.',
    reasons: {
      Accepted: 'The job is accepted.',
      Profiling: 'The models are being probed.',
      Piloting: 'Short trial runs measure what could change the plan.',
      Planning: 'The plan is being made, or waits for a pool that it could use.',
      AwaitingApproval: 'The plan waits for approval.',
      WaitingForQuota: 'A quota of the namespace does not let the job run now.',
      Queued: 'The Job of the stage waits in a queue of Kueue.',
      BudgetExhausted: 'The budget is spent; the job stands still until it is raised, or has failed.',
      Synthesizing: 'Training data is being generated.',
      Training: 'The student is being trained.',
      Evaluating: 'The student is being measured.',
      Publishing: 'The weights are being published.',
      Deploying: 'The StudentDeployment is being created.',
      Suspended: 'The job is suspended.',
      Distilled: 'The student is published.',
    },
  },
  Failed: {
    meaning:
      'The job has failed for good. The reason is that of the failure, and Succeeded is False with the same one.',
    reasons: {
      Unsupported: 'The spec asks for something that this version of the operator cannot do.',
      TeacherAddressInternal: 'The URL of a teacher leads into the pod, its node, or the API server.',
      StageFailed: 'A stage failed more often than backoffLimit allows.',
      ResultUnreadable: 'A stage ended without a result that can be read.',
      JobFailed: 'The Job of a stage failed and does not say why.',
      AccuracyNotMet: 'No attempt reached the accuracy floor.',
      DeadlineExceeded: 'The job ran longer than activeDeadlineSeconds.',
    },
  },
  ...kstatus,
} as const satisfies Record<string, ConditionMeaning>;

export const distillationQuotaConditions = {
  Ready: {
    meaning: 'The ledger is kept.',
    reasons: { LedgerKept: 'The message says what is spent or reserved of each cap, and how many jobs wait.' },
  },
} as const satisfies Record<string, ConditionMeaning>;

export const studentDeploymentConditions = {
  Ready: {
    meaning: 'The wanted number of replicas answers.',
    reasons: {
      Available: 'All wanted replicas of the newest revision answer.',
      RollingOut: 'The wanted replicas answer, and a new revision replaces the old one.',
      RolledBack: 'The wanted replicas answer, of an older revision, because the newest could not be rolled out.',
      ReplicasUnavailable: 'Fewer replicas answer than wanted.',
      ModelPending: 'The weights are not there yet.',
      NameTaken: 'A Deployment or a Service of its name belongs to somebody else.',
      NoFeasiblePool: 'No pool can serve the model.',
      JobFailed: 'The DistillationJob failed and will publish nothing.',
      Unsupported: 'The spec asks for something that this version of the operator cannot do.',
    },
  },
  ModelAvailable: {
    meaning: 'The weights are known.',
    reasons: {
      Resolved: 'The weights are known.',
      JobNotFound: 'The DistillationJob does not exist.',
      JobRunning: 'The DistillationJob has not published yet.',
      JobFailed: 'The DistillationJob failed and will publish nothing.',
    },
  },
  Placed: {
    meaning: 'A pool that can serve the model has been chosen.',
    reasons: {
      PoolSelected: 'The pool is chosen; status.placement says why.',
      NoFeasiblePool: 'No pool can serve the model; the message says why.',
    },
  },
  RouteReady: {
    meaning: 'The ways that spec.route asks for are there; there is no such condition when it asks for none.',
    reasons: {
      RouteAccepted: 'The gateways have taken the route.',
      RoutePending: 'No gateway has taken the route yet.',
      RouteNotAccepted: 'A gateway refuses the route; the message has its words.',
      KindMissing: 'The cluster does not have the kind, or the operator may not read it.',
    },
  },
  Progressing: {
    meaning: 'A rollout is under way and moves, or is complete.',
    reasons: {
      RollingOut: 'A new revision replaces the old one.',
      ReplicaStuck:
        'A replica does not start; the message has pod, container and the words of the kubelet or the scheduler.',
      RolloutComplete: 'The newest revision serves alone.',
      Replacing: 'A Deployment that an older version made is replaced, for its selector cannot be changed.',
      Pinned: 'The revision that rollout.revision names serves alone.',
      RolledBack: 'The newest revision could not be rolled out, and the last one that served is back.',
      RevisionNotFound: 'The revision that rollout.revision names is not in the history.',
      Paused: 'The spec says to change nothing.',
      CanaryStarting: 'A revision is to be tried, and its replicas do not all answer yet.',
      CanaryRunning: 'A revision is on trial; the message has the step.',
      CanaryInconclusive: 'A step of a Canary is over, and too little was measured or answered to judge it.',
      CanaryNoRoom: 'No node has room for a canary replica.',
      CanaryFailed: 'The revision on trial is worse than the stable one; the message says in what.',
      NameTaken: 'The name of the Deployment for the Canary is taken by somebody else.',
      ProgressDeadlineExceeded: 'The rollout has not moved for progressDeadlineSeconds.',
    },
  },
  AutoscalerActive: {
    meaning: 'The replicas follow their load; there is no such condition while spec.replicas says their number.',
    reasons: {
      Scaling: 'The load is known, and the number of replicas follows it.',
      AtMaximum: 'The load asks for more than maxReplicas.',
      NoRoom: 'The load asks for more replicas than the pool has free GPUs for.',
      Idle: 'No request has come, and only the idle replicas are kept.',
      NotSeen: 'The replicas have not been looked at yet.',
      MetricsMissing: 'A replica, or the autoscaler, has no metrics; no replica is taken away.',
      MetricsInvalid: 'A replica shows metrics that cannot be true; no replica is taken away.',
      ForeignAutoscaler: 'A HorizontalPodAutoscaler of somebody else has the number of replicas.',
      ProviderUnavailable: 'The provider that the spec names is not there; the number of replicas stays.',
    },
  },
  SLOMet: {
    meaning:
      'The latencies that were measured are within spec.serving; there is no such condition without such targets.',
    reasons: {
      TargetsMet: 'Of the requests, 95 % are within the targets.',
      TargetsMissed: 'More than 5 % of the requests are beyond a target.',
      NoTraffic: 'Too few requests have come to say.',
    },
  },
  ...kstatus,
} as const satisfies Record<string, ConditionMeaning>;

export const serverPoolConditions = {
  Ready: {
    meaning: 'Plans can use the pool.',
    reasons: {
      NodesFound: 'Nodes of the pool are there.',
      AtZero: 'No node is there, and one is made when a pod asks for it.',
      NoNodes: 'No node is there, and nobody says what one would have, or that one would be made.',
      NodesNotReady: 'Nodes are there, and none of them is ready and uncordoned.',
      NodesClaimedTwice: 'The nodes have the labels of an older ServerPool too, which has them.',
      ShapeContradicted: 'The spec says something of the nodes that they deny.',
      GpuUnknown: 'The catalogue does not know the GPU product.',
      GpuTimeSliced: 'The GPUs are time-sliced, and nothing is planned on such.',
    },
  },
  PriceKnown: {
    meaning: 'The price of the nodes is known.',
    reasons: {
      PriceStated: 'The spec says it.',
      PriceFound: 'Another source says it: a NodeOverlay, an annotation of the nodes, or the catalogue.',
      PriceUnknown: 'Nobody says it.',
      PriceInvalid: 'What is said is not an amount of money.',
      PriceNegative: 'What is said is below zero.',
      PriceZero: 'What is said is zero; a free node needs a nominal price.',
      PriceContradictory: 'Two that are believed alike say different prices.',
    },
  },
  ...kstatus,
} as const satisfies Record<string, ConditionMeaning>;

export type DistillationJobConditionType = keyof typeof distillationJobConditions;
export type StudentDeploymentConditionType = keyof typeof studentDeploymentConditions;

/** The reasons that the operator gives for a condition of a DistillationJob. */
export type DistillationJobReason<Type extends DistillationJobConditionType> =
  keyof (typeof distillationJobConditions)[Type]['reasons'];

/** The reasons that the operator gives for a condition of a StudentDeployment. */
export type StudentDeploymentReason<Type extends StudentDeploymentConditionType> =
  keyof (typeof studentDeploymentConditions)[Type]['reasons'];

export type ServerPoolConditionType = keyof typeof serverPoolConditions;

/** The reasons that the operator gives for a condition of a ServerPool. */
export type ServerPoolReason<Type extends ServerPoolConditionType> =
  keyof (typeof serverPoolConditions)[Type]['reasons'];

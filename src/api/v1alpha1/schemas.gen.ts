// Generated from crds/ by npm run generate. Do not edit.

/** The JSON schema of a StudentDeployment. */
export const studentDeploymentSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: 'distill.stratos.dev/v1alpha1' },
    kind: { const: 'StudentDeployment' },
    metadata: {
      type: 'object',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          forms: [
            {
              pattern: '^.{1,40}$',
              message:
                '`metadata.name` must be at most 40 characters long, because the names of its children are derived from it; choose a shorter name',
            },
            {
              pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$',
              message:
                "`metadata.name` must be a DNS label that starts with a letter, such as 'my-job', because Services are named after it",
            },
          ],
        },
      },
    },
    spec: {
      type: 'object',
      required: ['model'],
      properties: {
        model: {
          type: 'object',
          properties: {
            distillationJobRef: {
              type: 'object',
              required: ['name'],
              properties: { name: { type: 'string', minLength: 1, maxLength: 40 } },
              additionalProperties: false,
            },
            uri: {
              type: 'string',
              minLength: 1,
              maxLength: 1024,
              forms: [
                {
                  pattern:
                    '^(pvc://[a-z0-9][-a-z0-9.]*(/.*)?|builtin://[a-z0-9].*|hf://[^/]+/.+|s3://[^/]+.*|gs://[^/]+.*|https://[^/]+.*|oci://[^/]+/.+)$',
                  message:
                    "must be a URI of the form 'pvc://CLAIM/PATH', 'builtin://PATH', 'hf://OWNER/NAME', 's3://BUCKET/KEY', 'gs://BUCKET/KEY', 'https://HOST/PATH' or 'oci://REGISTRY/REPOSITORY'",
                },
                { pattern: '^(?!.*[.][.])', message: "must be a path without '..', which could leave its volume" },
              ],
            },
            image: {
              type: 'object',
              required: ['reference'],
              properties: {
                reference: { type: 'string', minLength: 1, maxLength: 512 },
                path: { type: 'string', default: '/', minLength: 1, maxLength: 1024 },
              },
              additionalProperties: false,
            },
            secretRef: {
              type: 'object',
              required: ['name'],
              properties: {
                name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        runtime: {
          type: 'object',
          default: {},
          properties: {
            image: { type: 'string', minLength: 1, maxLength: 512 },
            args: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 1024 } },
            env: {
              type: 'array',
              maxItems: 64,
              items: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                  value: { type: 'string', minLength: 0, maxLength: 4096 },
                  valueFrom: {
                    type: 'object',
                    properties: {
                      secretKeyRef: {
                        type: 'object',
                        required: ['name', 'key'],
                        properties: {
                          name: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 253,
                            pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                          },
                          key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                        },
                        additionalProperties: false,
                      },
                      configMapKeyRef: {
                        type: 'object',
                        required: ['name', 'key'],
                        properties: {
                          name: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 253,
                            pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                          },
                          key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                        },
                        additionalProperties: false,
                      },
                      fieldRef: {
                        type: 'object',
                        required: ['fieldPath'],
                        properties: { fieldPath: { type: 'string', minLength: 1, maxLength: 256 } },
                        additionalProperties: false,
                      },
                    },
                    additionalProperties: false,
                  },
                },
                additionalProperties: false,
              },
              uniqueKeys: ['name'],
            },
            dtype: { type: 'string', default: 'Auto', enum: ['Auto', 'Float32', 'Float16', 'BFloat16'] },
            quantization: { type: 'string', enum: ['None', 'FP8', 'INT8', 'INT4'] },
            maxModelLength: { type: 'integer', minimum: 1, maximum: 10000000 },
            servedModelName: { type: 'string', minLength: 1, maxLength: 128 },
            cacheClaimName: {
              type: 'string',
              minLength: 1,
              maxLength: 253,
              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
            },
            port: { type: 'integer', default: 8000, minimum: 1, maximum: 65535 },
          },
          additionalProperties: false,
        },
        serving: {
          type: 'object',
          default: {},
          properties: {
            maxTimeToFirstTokenMilliseconds: { type: 'integer', minimum: 1, maximum: 3600000 },
            maxInterTokenLatencyMilliseconds: { type: 'integer', minimum: 1, maximum: 600000 },
            requestsPerSecond: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [{ pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '2.5'" }],
            },
            inputTokens: { type: 'integer', minimum: 1, maximum: 10000000 },
            outputTokens: { type: 'integer', minimum: 1, maximum: 1000000 },
            maxHourlyCost: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [{ pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '12.50'" }],
            },
            maxCostPerMillionTokens: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [{ pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '12.50'" }],
            },
          },
          additionalProperties: false,
        },
        placement: {
          type: 'object',
          default: {},
          properties: {
            poolName: { type: 'string', minLength: 1, maxLength: 253 },
            poolSelector: {
              type: 'object',
              properties: {
                matchLabels: {
                  type: 'object',
                  maxProperties: 32,
                  additionalProperties: { type: 'string', maxLength: 63 },
                },
                matchExpressions: {
                  type: 'array',
                  maxItems: 16,
                  items: {
                    type: 'object',
                    required: ['key', 'operator'],
                    properties: {
                      key: { type: 'string', minLength: 1, maxLength: 317 },
                      operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
                      values: { type: 'array', maxItems: 32, items: { type: 'string', maxLength: 63 } },
                    },
                    additionalProperties: false,
                  },
                },
              },
              additionalProperties: false,
            },
            replan: { type: 'string', default: 'WhenLost', enum: ['Never', 'WhenLost', 'WhenBetter'] },
            capacityTypes: {
              type: 'array',
              maxItems: 3,
              items: { type: 'string', enum: ['OnDemand', 'Spot', 'Reserved'] },
              uniqueItems: true,
            },
            regions: {
              type: 'array',
              maxItems: 32,
              items: { type: 'string', minLength: 1, maxLength: 63 },
              uniqueItems: true,
            },
            tolerations: {
              type: 'array',
              maxItems: 32,
              items: {
                type: 'object',
                properties: {
                  key: { type: 'string', minLength: 1, maxLength: 317 },
                  operator: { type: 'string', default: 'Equal', enum: ['Equal', 'Exists'] },
                  value: { type: 'string', minLength: 0, maxLength: 63 },
                  effect: { type: 'string', enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
                  tolerationSeconds: { type: 'integer', minimum: 0, maximum: 31536000 },
                },
                additionalProperties: false,
              },
            },
          },
          additionalProperties: false,
        },
        replicas: { type: 'integer', minimum: 0, maximum: 1000 },
        autoscaling: {
          type: 'object',
          required: ['maxReplicas'],
          properties: {
            minReplicas: { type: 'integer', default: 1, minimum: 1, maximum: 1000 },
            maxReplicas: { type: 'integer', minimum: 1, maximum: 1000 },
            idleReplicas: { type: 'integer', minimum: 0, maximum: 999 },
            targets: {
              type: 'object',
              default: { waitingRequests: 4 },
              properties: {
                waitingRequests: { type: 'integer', minimum: 1, maximum: 100000 },
                kvCacheUtilizationPercentage: { type: 'integer', minimum: 1, maximum: 100 },
                timeToFirstTokenMilliseconds: { type: 'integer', minimum: 1, maximum: 3600000 },
              },
              additionalProperties: false,
            },
            provider: { type: 'string', default: 'Auto', enum: ['Auto', 'BuiltIn', 'HPA', 'KEDA'] },
            scaleUpStabilizationSeconds: { type: 'integer', default: 0, minimum: 0, maximum: 3600 },
            scaleDownStabilizationSeconds: { type: 'integer', default: 300, minimum: 0, maximum: 3600 },
          },
          additionalProperties: false,
        },
        rollout: {
          type: 'object',
          default: { strategy: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
          properties: {
            strategy: { type: 'string', default: 'RollingUpdate', enum: ['RollingUpdate', 'Canary'] },
            maxSurge: {
              type: ['integer', 'string'],
              default: 1,
              minimum: 0,
              maximum: 1000,
              maxLength: 4,
              pattern: '^([0-9]{1,4}|[0-9]{1,2}%|100%)$',
            },
            maxUnavailable: {
              type: ['integer', 'string'],
              default: 0,
              minimum: 0,
              maximum: 1000,
              maxLength: 4,
              pattern: '^([0-9]{1,4}|[0-9]{1,2}%|100%)$',
            },
            steps: {
              type: 'array',
              maxItems: 16,
              items: {
                type: 'object',
                required: ['weightPercentage'],
                properties: {
                  weightPercentage: { type: 'integer', minimum: 1, maximum: 100 },
                  pauseSeconds: { type: 'integer', default: 300, minimum: 0, maximum: 604800 },
                },
                additionalProperties: false,
              },
            },
            analysis: {
              type: 'object',
              default: {},
              properties: {
                maxErrorRate: {
                  type: 'string',
                  default: '0.01',
                  minLength: 1,
                  maxLength: 8,
                  forms: [
                    {
                      pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                      message: "must be a decimal string between '0' and '1', such as '0.85'",
                    },
                  ],
                },
                maxLatencyRegression: {
                  type: 'string',
                  default: '0.2',
                  minLength: 1,
                  maxLength: 16,
                  forms: [
                    {
                      pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$',
                      message: "must be a decimal string such as '0.2', meaning 20 percent slower",
                    },
                  ],
                },
                minAgreement: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 8,
                  forms: [
                    {
                      pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                      message: "must be a decimal string between '0' and '1', such as '0.85'",
                    },
                  ],
                },
                agreement: {
                  type: 'object',
                  required: ['prompts'],
                  properties: {
                    prompts: {
                      type: 'object',
                      required: ['configMapRef'],
                      properties: {
                        configMapRef: {
                          type: 'object',
                          required: ['name'],
                          properties: {
                            name: {
                              type: 'string',
                              minLength: 1,
                              maxLength: 253,
                              pattern: '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$',
                            },
                            key: {
                              type: 'string',
                              default: 'prompts.jsonl',
                              minLength: 1,
                              maxLength: 253,
                              pattern: '^[-._a-zA-Z0-9]+$',
                            },
                          },
                          additionalProperties: false,
                        },
                      },
                      additionalProperties: false,
                    },
                    sampleSize: { type: 'integer', default: 100, minimum: 5, maximum: 2000 },
                    maxTokens: { type: 'integer', default: 64, minimum: 1, maximum: 2048 },
                    match: { type: 'string', default: 'Exact', enum: ['Exact', 'TokenF1'] },
                    api: { type: 'string', default: 'Chat', enum: ['Chat', 'Completions'] },
                  },
                  additionalProperties: false,
                },
                minRequests: { type: 'integer', default: 50, minimum: 1, maximum: 1000000 },
              },
              additionalProperties: false,
            },
            autoRollback: { type: 'boolean', default: true },
            revision: { type: 'string', minLength: 8, maxLength: 8, pattern: '^[0-9a-f]{8}$' },
          },
          additionalProperties: false,
        },
        route: {
          type: 'object',
          properties: {
            httpRoute: {
              type: 'object',
              required: ['parentRefs'],
              properties: {
                parentRefs: {
                  type: 'array',
                  minItems: 1,
                  maxItems: 8,
                  items: {
                    type: 'object',
                    required: ['name'],
                    properties: {
                      name: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 253,
                        pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                      },
                      namespace: { type: 'string', minLength: 1, maxLength: 63 },
                      sectionName: { type: 'string', minLength: 1, maxLength: 253 },
                    },
                    additionalProperties: false,
                  },
                },
                hostnames: {
                  type: 'array',
                  maxItems: 16,
                  items: { type: 'string', minLength: 1, maxLength: 253 },
                  uniqueItems: true,
                },
                pathPrefix: { type: 'string', default: '/', minLength: 1, maxLength: 256 },
              },
              additionalProperties: false,
            },
            inferencePool: {
              type: 'object',
              required: ['endpointPickerRef'],
              properties: {
                endpointPickerRef: {
                  type: 'object',
                  required: ['name'],
                  properties: {
                    name: { type: 'string', minLength: 1, maxLength: 63 },
                    port: { type: 'integer', default: 9002, minimum: 1, maximum: 65535 },
                  },
                  additionalProperties: false,
                },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        adapters: {
          type: 'array',
          maxItems: 32,
          items: {
            type: 'object',
            required: ['name', 'uri'],
            properties: {
              name: { type: 'string', minLength: 1, maxLength: 128 },
              uri: {
                type: 'string',
                minLength: 1,
                maxLength: 1024,
                forms: [
                  {
                    pattern:
                      '^(pvc://[a-z0-9][-a-z0-9.]*(/.*)?|hf://[^/]+/.+|s3://[^/]+.*|gs://[^/]+.*|https://[^/]+.*|oci://[^/]+/.+)$',
                    message:
                      "must be a URI of the form 'pvc://CLAIM/PATH', 'hf://OWNER/NAME', 's3://BUCKET/KEY', 'gs://BUCKET/KEY', 'https://HOST/PATH' or 'oci://REGISTRY/REPOSITORY'",
                  },
                  { pattern: '^(?!.*[.][.])', message: "must be a path without '..', which could leave its volume" },
                ],
              },
              secretRef: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
                },
                additionalProperties: false,
              },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['name'],
        },
        template: {
          type: 'object',
          properties: {
            labels: { type: 'object', maxProperties: 32, additionalProperties: { type: 'string', maxLength: 63 } },
            annotations: {
              type: 'object',
              maxProperties: 32,
              additionalProperties: { type: 'string', maxLength: 4096 },
            },
            nodeSelector: {
              type: 'object',
              maxProperties: 32,
              additionalProperties: { type: 'string', maxLength: 63 },
            },
            tolerations: {
              type: 'array',
              maxItems: 32,
              items: {
                type: 'object',
                properties: {
                  key: { type: 'string', minLength: 1, maxLength: 317 },
                  operator: { type: 'string', default: 'Equal', enum: ['Equal', 'Exists'] },
                  value: { type: 'string', minLength: 0, maxLength: 63 },
                  effect: { type: 'string', enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
                  tolerationSeconds: { type: 'integer', minimum: 0, maximum: 31536000 },
                },
                additionalProperties: false,
              },
            },
            serviceAccountName: {
              type: 'string',
              minLength: 1,
              maxLength: 253,
              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
            },
            imagePullSecrets: {
              type: 'array',
              maxItems: 8,
              items: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
                },
                additionalProperties: false,
              },
              uniqueKeys: ['name'],
            },
            priorityClassName: {
              type: 'string',
              minLength: 1,
              maxLength: 253,
              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
            },
            runtimeClassName: {
              type: 'string',
              minLength: 1,
              maxLength: 253,
              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
            },
            schedulerName: { type: 'string', minLength: 1, maxLength: 253 },
            env: {
              type: 'array',
              maxItems: 64,
              items: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                  value: { type: 'string', minLength: 0, maxLength: 4096 },
                  valueFrom: {
                    type: 'object',
                    properties: {
                      secretKeyRef: {
                        type: 'object',
                        required: ['name', 'key'],
                        properties: {
                          name: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 253,
                            pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                          },
                          key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                        },
                        additionalProperties: false,
                      },
                      configMapKeyRef: {
                        type: 'object',
                        required: ['name', 'key'],
                        properties: {
                          name: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 253,
                            pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                          },
                          key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                        },
                        additionalProperties: false,
                      },
                      fieldRef: {
                        type: 'object',
                        required: ['fieldPath'],
                        properties: { fieldPath: { type: 'string', minLength: 1, maxLength: 256 } },
                        additionalProperties: false,
                      },
                    },
                    additionalProperties: false,
                  },
                },
                additionalProperties: false,
              },
              uniqueKeys: ['name'],
            },
            resources: {
              type: 'object',
              properties: {
                requests: {
                  type: 'object',
                  maxProperties: 32,
                  additionalProperties: {
                    type: ['integer', 'string'],
                    maxLength: 64,
                    pattern: '^[0-9]{1,15}(\\.[0-9]{1,9})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$',
                  },
                },
                limits: {
                  type: 'object',
                  maxProperties: 32,
                  additionalProperties: {
                    type: ['integer', 'string'],
                    maxLength: 64,
                    pattern: '^[0-9]{1,15}(\\.[0-9]{1,9})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$',
                  },
                },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        paused: { type: 'boolean' },
        revisionHistoryLimit: { type: 'integer', default: 3, minimum: 0, maximum: 100 },
        progressDeadlineSeconds: { type: 'integer', default: 1800, minimum: 1, maximum: 86400 },
      },
      additionalProperties: false,
    },
    status: {
      type: 'object',
      default: { observedGeneration: 0 },
      properties: {
        observedGeneration: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        conditions: {
          type: 'array',
          maxItems: 32,
          items: {
            type: 'object',
            required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
            properties: {
              type: {
                type: 'string',
                minLength: 1,
                maxLength: 316,
                pattern:
                  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
              },
              status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
              observedGeneration: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              lastTransitionTime: { type: 'string', maxLength: 64 },
              reason: {
                type: 'string',
                minLength: 1,
                maxLength: 1024,
                pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
              },
              message: { type: 'string', minLength: 0, maxLength: 32768 },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['type'],
        },
        replicas: { type: 'integer', minimum: 0, maximum: 100000 },
        readyReplicas: { type: 'integer', minimum: 0, maximum: 100000 },
        updatedReplicas: { type: 'integer', minimum: 0, maximum: 100000 },
        availableReplicas: { type: 'integer', minimum: 0, maximum: 100000 },
        readyRatio: { type: 'string', minLength: 1, maxLength: 16 },
        selector: { type: 'string', minLength: 1, maxLength: 1024 },
        currentRevision: { type: 'string', minLength: 1, maxLength: 63 },
        updateRevision: { type: 'string', minLength: 1, maxLength: 63 },
        failedRevision: {
          type: 'object',
          required: ['name', 'reason', 'message'],
          properties: {
            name: { type: 'string', minLength: 1, maxLength: 63 },
            reason: { type: 'string', minLength: 1, maxLength: 256 },
            message: { type: 'string', minLength: 0, maxLength: 2048 },
            failedTime: { type: 'string', maxLength: 64 },
          },
          additionalProperties: false,
        },
        canary: {
          type: 'object',
          properties: {
            revision: { type: 'string', minLength: 1, maxLength: 63 },
            step: { type: 'integer', minimum: 0, maximum: 16 },
            weightPercentage: { type: 'integer', minimum: 0, maximum: 100 },
            stepStartTime: { type: 'string', maxLength: 64 },
            message: { type: 'string', minLength: 0, maxLength: 1024 },
            agreement: {
              type: 'object',
              required: ['asked', 'compared', 'agreed'],
              properties: {
                promptsDigest: { type: 'string', minLength: 8, maxLength: 64 },
                total: { type: 'integer', minimum: 0, maximum: 2000 },
                asked: { type: 'integer', minimum: 0, maximum: 2000 },
                compared: { type: 'integer', minimum: 0, maximum: 2000 },
                agreed: { type: 'string', minLength: 1, maxLength: 16 },
                differing: { type: 'array', maxItems: 10, items: { type: 'integer', minimum: 1, maximum: 2000000 } },
                message: { type: 'string', minLength: 1, maxLength: 1024 },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        autoscaling: {
          type: 'object',
          properties: {
            provider: { type: 'string', enum: ['BuiltIn', 'HPA', 'KEDA'] },
            desiredReplicas: { type: 'integer', minimum: 0, maximum: 100000 },
            lastScaleTime: { type: 'string', maxLength: 64 },
            message: { type: 'string', minLength: 0, maxLength: 1024 },
          },
          additionalProperties: false,
        },
        url: { type: 'string', minLength: 1, maxLength: 1024 },
        modelName: { type: 'string', minLength: 1, maxLength: 128 },
        modelUri: { type: 'string', minLength: 1, maxLength: 1024 },
        modelDigest: { type: 'string', minLength: 1, maxLength: 128 },
        modelQuantization: { type: 'string', enum: ['FP8', 'INT4'] },
        placement: {
          type: 'object',
          properties: {
            pool: { type: 'string', minLength: 1, maxLength: 253 },
            gpus: { type: 'integer', minimum: 0, maximum: 1024 },
            pipeline: { type: 'integer', minimum: 1, maximum: 1000 },
            gpuProduct: { type: 'string', minLength: 1, maxLength: 253 },
            quantization: { type: 'string', minLength: 1, maxLength: 32 },
            decidedTime: { type: 'string', maxLength: 64 },
            replicas: { type: 'integer', minimum: 1, maximum: 100000 },
            maxModelLength: { type: 'integer', minimum: 1, maximum: 10000000 },
            reason: { type: 'string', minLength: 1, maxLength: 64 },
            message: { type: 'string', minLength: 0, maxLength: 1024 },
            timeToFirstTokenMilliseconds: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
            interTokenLatencyMilliseconds: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
            throughputTokensPerSecond: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
            hourlyCost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
            front: {
              type: 'array',
              maxItems: 16,
              items: {
                type: 'object',
                required: ['pool', 'gpus'],
                properties: {
                  pool: { type: 'string', minLength: 1, maxLength: 253 },
                  gpus: { type: 'integer', minimum: 0, maximum: 1024 },
                  timeToFirstTokenMilliseconds: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  interTokenLatencyMilliseconds: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  hourlyCost: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                },
                additionalProperties: false,
              },
            },
          },
          additionalProperties: false,
        },
        measured: {
          type: 'object',
          properties: {
            timeToFirstTokenMilliseconds: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
            timeToFirstTokenP95Milliseconds: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
            interTokenLatencyMilliseconds: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
            interTokenLatencyP95Milliseconds: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
            requestsPerSecond: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
            lastUpdatedTime: { type: 'string', maxLength: 64 },
          },
          additionalProperties: false,
        },
        estimates: {
          type: 'array',
          maxItems: 2,
          items: {
            type: 'object',
            required: [
              'quantity',
              'device',
              'devices',
              'version',
              'predictedMilliseconds',
              'measuredMilliseconds',
              'requests',
              'simulated',
              'lastUpdatedTime',
            ],
            properties: {
              quantity: { type: 'string', enum: ['TimeToFirstToken', 'InterTokenLatency'] },
              device: { type: 'string', minLength: 1, maxLength: 253 },
              devices: { type: 'integer', minimum: 0, maximum: 100000 },
              version: { type: 'string', minLength: 1, maxLength: 512 },
              predictedMilliseconds: {
                type: 'string',
                minLength: 1,
                maxLength: 32,
                pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
              },
              measuredMilliseconds: {
                type: 'string',
                minLength: 1,
                maxLength: 32,
                pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
              },
              requests: { type: 'integer', minimum: 1, maximum: 2147483647 },
              simulated: { type: 'boolean' },
              lastUpdatedTime: { type: 'string', maxLength: 64 },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['quantity'],
        },
        usage: {
          type: 'object',
          required: ['replicas', 'replicaSeconds', 'lastUpdatedTime'],
          properties: {
            replicas: { type: 'integer', minimum: 0, maximum: 100000 },
            replicaSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
            cost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
            lastUpdatedTime: { type: 'string', maxLength: 64 },
          },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
  },
};

/** The JSON schema of a DistillationJob. */
export const distillationJobSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: 'distill.stratos.dev/v1alpha1' },
    kind: { const: 'DistillationJob' },
    metadata: {
      type: 'object',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          forms: [
            {
              pattern: '^.{1,40}$',
              message:
                '`metadata.name` must be at most 40 characters long, because the names of its children are derived from it; choose a shorter name',
            },
            {
              pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$',
              message:
                "`metadata.name` must be a DNS label that starts with a letter, such as 'my-job', because Services are named after it",
            },
          ],
        },
      },
    },
    spec: {
      type: 'object',
      required: ['task', 'teachers', 'students', 'output'],
      properties: {
        task: {
          type: 'object',
          required: ['train', 'evaluation'],
          properties: {
            train: {
              type: 'object',
              required: ['uri'],
              properties: {
                uri: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 1024,
                  forms: [
                    {
                      pattern:
                        '^(pvc://[a-z0-9][-a-z0-9.]*(/.*)?|configmap://[a-z0-9][-a-z0-9.]*/[-._a-zA-Z0-9]+|builtin://[a-z0-9].*|hf://[^/]+/.+|s3://[^/]+.*|gs://[^/]+.*|https://[^/]+.*)$',
                      message:
                        "must be a URI of the form 'pvc://CLAIM/PATH', 'configmap://NAME/KEY', 'builtin://PATH', 'hf://OWNER/NAME', 's3://BUCKET/KEY', 'gs://BUCKET/KEY' or 'https://HOST/PATH'",
                    },
                    { pattern: '^(?!.*[.][.])', message: "must be a path without '..', which could leave its volume" },
                  ],
                },
                secretRef: {
                  type: 'object',
                  required: ['name'],
                  properties: {
                    name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
                  },
                  additionalProperties: false,
                },
              },
              additionalProperties: false,
            },
            evaluation: {
              type: 'object',
              required: ['uri'],
              properties: {
                uri: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 1024,
                  forms: [
                    {
                      pattern:
                        '^(pvc://[a-z0-9][-a-z0-9.]*(/.*)?|configmap://[a-z0-9][-a-z0-9.]*/[-._a-zA-Z0-9]+|builtin://[a-z0-9].*|hf://[^/]+/.+|s3://[^/]+.*|gs://[^/]+.*|https://[^/]+.*)$',
                      message:
                        "must be a URI of the form 'pvc://CLAIM/PATH', 'configmap://NAME/KEY', 'builtin://PATH', 'hf://OWNER/NAME', 's3://BUCKET/KEY', 'gs://BUCKET/KEY' or 'https://HOST/PATH'",
                    },
                    { pattern: '^(?!.*[.][.])', message: "must be a path without '..', which could leave its volume" },
                  ],
                },
                secretRef: {
                  type: 'object',
                  required: ['name'],
                  properties: {
                    name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
                  },
                  additionalProperties: false,
                },
              },
              additionalProperties: false,
            },
            knowledge: {
              type: 'object',
              properties: {
                entryPoint: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 256,
                  forms: [
                    {
                      pattern: '^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$',
                      message: "must be of the form 'module:function'",
                    },
                  ],
                },
                passages: { type: 'integer', default: 4, minimum: 1, maximum: 20 },
                uri: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 1024,
                  forms: [
                    {
                      pattern:
                        '^(pvc://[a-z0-9][-a-z0-9.]*(/.*)?|configmap://[a-z0-9][-a-z0-9.]*/[-._a-zA-Z0-9]+|builtin://[a-z0-9].*|hf://[^/]+/.+|s3://[^/]+.*|gs://[^/]+.*|https://[^/]+.*)$',
                      message:
                        "must be a URI of the form 'pvc://CLAIM/PATH', 'configmap://NAME/KEY', 'builtin://PATH', 'hf://OWNER/NAME', 's3://BUCKET/KEY', 'gs://BUCKET/KEY' or 'https://HOST/PATH'",
                    },
                    { pattern: '^(?!.*[.][.])', message: "must be a path without '..', which could leave its volume" },
                  ],
                },
                secretRef: {
                  type: 'object',
                  required: ['name'],
                  properties: {
                    name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
                  },
                  additionalProperties: false,
                },
              },
              additionalProperties: false,
            },
            format: {
              type: 'object',
              default: {},
              properties: {
                type: { type: 'string', default: 'PromptCompletion', enum: ['PromptCompletion', 'Chat'] },
                promptField: { type: 'string', default: 'prompt', minLength: 1, maxLength: 128 },
                completionField: { type: 'string', default: 'completion', minLength: 1, maxLength: 128 },
                messagesField: { type: 'string', default: 'messages', minLength: 1, maxLength: 128 },
                roleField: { type: 'string', default: 'role', minLength: 1, maxLength: 128 },
                contentField: { type: 'string', default: 'content', minLength: 1, maxLength: 128 },
              },
              additionalProperties: false,
            },
            holdOutPercent: { type: 'integer', default: 10, minimum: 1, maximum: 50 },
            systemPrompt: { type: 'string', minLength: 1, maxLength: 16384 },
            metric: {
              type: 'object',
              default: { type: 'ExactMatch' },
              properties: {
                type: {
                  type: 'string',
                  default: 'ExactMatch',
                  enum: ['ExactMatch', 'SetMatch', 'NumericAnswer', 'MultipleChoice', 'Judge', 'Custom'],
                },
                entryPoint: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 256,
                  forms: [
                    {
                      pattern: '^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$',
                      message: "must be of the form 'module:function'",
                    },
                  ],
                },
                judge: {
                  type: 'object',
                  required: ['endpoint'],
                  properties: {
                    endpoint: {
                      type: 'object',
                      required: ['url', 'model'],
                      properties: {
                        url: {
                          type: 'string',
                          minLength: 1,
                          maxLength: 1024,
                          forms: [
                            {
                              pattern: '^https?://[^/ ]+.*$',
                              message: "must be a URL such as 'https://api.example.com/v1'",
                            },
                          ],
                        },
                        model: { type: 'string', minLength: 1, maxLength: 253 },
                        secretRef: {
                          type: 'object',
                          required: ['name'],
                          properties: {
                            name: {
                              type: 'string',
                              minLength: 1,
                              maxLength: 253,
                              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                            },
                            key: {
                              type: 'string',
                              default: 'token',
                              minLength: 1,
                              maxLength: 253,
                              pattern: '^[-._a-zA-Z0-9]+$',
                            },
                          },
                          additionalProperties: false,
                        },
                        maxConcurrentRequests: { type: 'integer', minimum: 1, maximum: 256 },
                        requestsPerMinute: { type: 'integer', minimum: 1, maximum: 1000000 },
                        pricing: {
                          type: 'object',
                          required: ['inputPerMillionTokens', 'outputPerMillionTokens'],
                          properties: {
                            inputPerMillionTokens: {
                              type: 'string',
                              minLength: 1,
                              maxLength: 16,
                              forms: [
                                {
                                  pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$',
                                  message: "must be a decimal string such as '12.50'",
                                },
                              ],
                            },
                            outputPerMillionTokens: {
                              type: 'string',
                              minLength: 1,
                              maxLength: 16,
                              forms: [
                                {
                                  pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$',
                                  message: "must be a decimal string such as '12.50'",
                                },
                              ],
                            },
                          },
                          additionalProperties: false,
                        },
                      },
                      additionalProperties: false,
                    },
                    instructions: { type: 'string', minLength: 1, maxLength: 16384 },
                    votes: { type: 'integer', default: 1, minimum: 1, maximum: 15 },
                  },
                  additionalProperties: false,
                },
              },
              additionalProperties: false,
            },
            probeSamples: { type: 'integer', default: 200, minimum: 1, maximum: 100000 },
            evaluationSamples: { type: 'integer', default: 400, minimum: 1, maximum: 1000000 },
            evaluationAttempts: { type: 'integer', default: 1, minimum: 1, maximum: 256 },
            sliceField: { type: 'string', minLength: 1, maxLength: 128 },
            maxNewTokens: { type: 'integer', default: 256, minimum: 1, maximum: 131072 },
            seed: { type: 'integer', default: 0, minimum: 0, maximum: 2147483647 },
          },
          additionalProperties: false,
        },
        teachers: {
          type: 'array',
          minItems: 1,
          maxItems: 8,
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
              uri: {
                type: 'string',
                minLength: 1,
                maxLength: 1024,
                forms: [
                  {
                    pattern:
                      '^(pvc://[a-z0-9][-a-z0-9.]*(/.*)?|builtin://[a-z0-9].*|hf://[^/]+/.+|s3://[^/]+.*|gs://[^/]+.*|https://[^/]+.*|oci://[^/]+/.+)$',
                    message:
                      "must be a URI of the form 'pvc://CLAIM/PATH', 'builtin://PATH', 'hf://OWNER/NAME', 's3://BUCKET/KEY', 'gs://BUCKET/KEY', 'https://HOST/PATH' or 'oci://REGISTRY/REPOSITORY'",
                  },
                  { pattern: '^(?!.*[.][.])', message: "must be a path without '..', which could leave its volume" },
                ],
              },
              endpoint: {
                type: 'object',
                required: ['url', 'model'],
                properties: {
                  url: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 1024,
                    forms: [
                      { pattern: '^https?://[^/ ]+.*$', message: "must be a URL such as 'https://api.example.com/v1'" },
                    ],
                  },
                  model: { type: 'string', minLength: 1, maxLength: 253 },
                  secretRef: {
                    type: 'object',
                    required: ['name'],
                    properties: {
                      name: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 253,
                        pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                      },
                      key: {
                        type: 'string',
                        default: 'token',
                        minLength: 1,
                        maxLength: 253,
                        pattern: '^[-._a-zA-Z0-9]+$',
                      },
                    },
                    additionalProperties: false,
                  },
                  maxConcurrentRequests: { type: 'integer', minimum: 1, maximum: 256 },
                  requestsPerMinute: { type: 'integer', minimum: 1, maximum: 1000000 },
                  pricing: {
                    type: 'object',
                    required: ['inputPerMillionTokens', 'outputPerMillionTokens'],
                    properties: {
                      inputPerMillionTokens: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 16,
                        forms: [
                          {
                            pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$',
                            message: "must be a decimal string such as '12.50'",
                          },
                        ],
                      },
                      outputPerMillionTokens: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 16,
                        forms: [
                          {
                            pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$',
                            message: "must be a decimal string such as '12.50'",
                          },
                        ],
                      },
                    },
                    additionalProperties: false,
                  },
                },
                additionalProperties: false,
              },
              secretRef: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
                },
                additionalProperties: false,
              },
              architecture: {
                type: 'object',
                properties: {
                  parameters: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
                  layers: { type: 'integer', minimum: 1, maximum: 10000 },
                  hiddenSize: { type: 'integer', minimum: 1, maximum: 1000000 },
                  heads: { type: 'integer', minimum: 1, maximum: 10000 },
                  kvHeads: { type: 'integer', minimum: 1, maximum: 10000 },
                  headSize: { type: 'integer', minimum: 1, maximum: 100000 },
                  intermediateSize: { type: 'integer', minimum: 1, maximum: 10000000 },
                  vocabularySize: { type: 'integer', minimum: 1, maximum: 100000000 },
                  tiedEmbeddings: { type: 'boolean' },
                },
                additionalProperties: false,
              },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['name'],
        },
        students: {
          type: 'array',
          minItems: 1,
          maxItems: 16,
          items: {
            type: 'object',
            required: ['name', 'uri'],
            properties: {
              name: { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
              uri: {
                type: 'string',
                minLength: 1,
                maxLength: 1024,
                forms: [
                  {
                    pattern:
                      '^(pvc://[a-z0-9][-a-z0-9.]*(/.*)?|builtin://[a-z0-9].*|hf://[^/]+/.+|s3://[^/]+.*|gs://[^/]+.*|https://[^/]+.*|oci://[^/]+/.+)$',
                    message:
                      "must be a URI of the form 'pvc://CLAIM/PATH', 'builtin://PATH', 'hf://OWNER/NAME', 's3://BUCKET/KEY', 'gs://BUCKET/KEY', 'https://HOST/PATH' or 'oci://REGISTRY/REPOSITORY'",
                  },
                  { pattern: '^(?!.*[.][.])', message: "must be a path without '..', which could leave its volume" },
                ],
              },
              secretRef: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
                },
                additionalProperties: false,
              },
              architecture: {
                type: 'object',
                properties: {
                  parameters: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
                  layers: { type: 'integer', minimum: 1, maximum: 10000 },
                  hiddenSize: { type: 'integer', minimum: 1, maximum: 1000000 },
                  heads: { type: 'integer', minimum: 1, maximum: 10000 },
                  kvHeads: { type: 'integer', minimum: 1, maximum: 10000 },
                  headSize: { type: 'integer', minimum: 1, maximum: 100000 },
                  intermediateSize: { type: 'integer', minimum: 1, maximum: 10000000 },
                  vocabularySize: { type: 'integer', minimum: 1, maximum: 100000000 },
                  tiedEmbeddings: { type: 'boolean' },
                },
                additionalProperties: false,
              },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['name'],
        },
        strategy: {
          type: 'object',
          default: {},
          properties: {
            mode: {
              type: 'string',
              default: 'Auto',
              enum: ['Auto', 'KnowledgeAlignment', 'KnowledgeInjection', 'KnowledgeMixture'],
            },
            alignmentThreshold: {
              type: 'string',
              default: '0.5',
              minLength: 1,
              maxLength: 8,
              forms: [
                {
                  pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                  message: "must be a decimal string between '0' and '1', such as '0.85'",
                },
              ],
            },
            samplesPerPrompt: { type: 'integer', default: 1, minimum: 1, maximum: 64 },
            rationale: { type: 'string', default: 'None', enum: ['None', 'AnswerFirst', 'RationaleFirst'] },
            verification: {
              type: 'object',
              default: { type: 'Metric' },
              properties: {
                type: { type: 'string', default: 'Metric', enum: ['Metric', 'Custom', 'None'] },
                entryPoint: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 256,
                  forms: [
                    {
                      pattern: '^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$',
                      message: "must be of the form 'module:function'",
                    },
                  ],
                },
                rederive: { type: 'boolean', default: false },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        training: {
          type: 'object',
          default: {},
          properties: {
            method: { type: 'string', default: 'Auto', enum: ['Auto', 'LoRA', 'QLoRA', 'Full'] },
            loss: { type: 'string', default: 'Auto', enum: ['Auto', 'SequenceLevel', 'Logits', 'OnPolicy'] },
            learningRate: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [
                {
                  pattern: '^[0-9]([.][0-9]{1,12})?$',
                  message: "must be a decimal string such as '0.0002', without an exponent",
                },
              ],
            },
            batchSize: { type: 'integer', minimum: 1, maximum: 65536 },
            epochs: { type: 'integer', minimum: 1, maximum: 1000 },
            maxSteps: { type: 'integer', minimum: 1, maximum: 100000000 },
            maxSequenceLength: { type: 'integer', minimum: 8, maximum: 1048576 },
            warmupSteps: { type: 'integer', minimum: 0, maximum: 10000000 },
            divergence: {
              type: 'string',
              default: 'Auto',
              enum: [
                'Auto',
                'ForwardKL',
                'ReverseKL',
                'JensenShannon',
                'SkewForwardKL',
                'SkewReverseKL',
                'TotalVariation',
                'Universal',
              ],
            },
            divergenceWeight: {
              type: 'string',
              minLength: 1,
              maxLength: 8,
              forms: [
                {
                  pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                  message: "must be a decimal string between '0' and '1', such as '0.85'",
                },
              ],
            },
            temperature: {
              type: 'string',
              minLength: 1,
              maxLength: 8,
              forms: [
                {
                  pattern: '^([1-9][0-9]?([.][0-9]{1,4})?|0[.][1-9][0-9]{0,3})$',
                  message: "must be a decimal string from '0.1' to below '100', such as '2'",
                },
              ],
            },
            mixture: {
              type: 'string',
              minLength: 1,
              maxLength: 8,
              forms: [
                {
                  pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                  message: "must be a decimal string between '0' and '1', such as '0.85'",
                },
              ],
            },
            topTokens: { type: 'integer', minimum: 1, maximum: 4096 },
            onPolicyShare: {
              type: 'string',
              minLength: 1,
              maxLength: 8,
              forms: [
                {
                  pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                  message: "must be a decimal string between '0' and '1', such as '0.85'",
                },
              ],
            },
            loraRank: { type: 'integer', minimum: 1, maximum: 1024 },
            packing: { type: 'boolean', default: false },
            checkpointPeriodSeconds: { type: 'integer', minimum: 10, maximum: 86400 },
            precision: { type: 'string', default: 'Auto', enum: ['Auto', 'Float32', 'BFloat16'] },
          },
          additionalProperties: false,
        },
        synthesis: {
          type: 'object',
          default: {},
          properties: {
            shards: { type: 'integer', default: 1, minimum: 1, maximum: 256 },
            newPrompts: { type: 'integer', default: 0, minimum: 0, maximum: 1000000 },
            maxRows: { type: 'integer', minimum: 1, maximum: 100000000 },
          },
          additionalProperties: false,
        },
        constraints: {
          type: 'object',
          default: {},
          properties: {
            minAccuracy: {
              type: 'string',
              minLength: 1,
              maxLength: 8,
              forms: [
                {
                  pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                  message: "must be a decimal string between '0' and '1', such as '0.85'",
                },
              ],
            },
            maxTrainingSeconds: { type: 'integer', minimum: 1, maximum: 31536000 },
            serving: {
              type: 'object',
              properties: {
                maxTimeToFirstTokenMilliseconds: { type: 'integer', minimum: 1, maximum: 3600000 },
                maxInterTokenLatencyMilliseconds: { type: 'integer', minimum: 1, maximum: 600000 },
                requestsPerSecond: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 16,
                  forms: [
                    { pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '2.5'" },
                  ],
                },
                inputTokens: { type: 'integer', minimum: 1, maximum: 10000000 },
                outputTokens: { type: 'integer', minimum: 1, maximum: 1000000 },
                maxHourlyCost: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 16,
                  forms: [
                    { pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '12.50'" },
                  ],
                },
                maxCostPerMillionTokens: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 16,
                  forms: [
                    { pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '12.50'" },
                  ],
                },
              },
              additionalProperties: false,
            },
            budget: {
              type: 'object',
              required: ['amount'],
              properties: {
                currency: {
                  type: 'string',
                  default: 'USD',
                  minLength: 3,
                  maxLength: 3,
                  forms: [{ pattern: '^[A-Z]{3}$', message: "must be an ISO 4217 code such as 'USD'" }],
                },
                amount: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 16,
                  forms: [
                    { pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '12.50'" },
                  ],
                },
                onExceeded: { type: 'string', default: 'Suspend', enum: ['Suspend', 'Fail'] },
                allowUnknownPrices: { type: 'boolean', default: false },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        objective: {
          type: 'object',
          default: { policy: 'Balanced' },
          properties: {
            policy: { type: 'string', enum: ['Balanced', 'AccuracyFirst', 'LatencyFirst', 'CostFirst', 'TimeFirst'] },
            weights: {
              type: 'object',
              properties: {
                accuracy: { type: 'integer', default: 0, minimum: 0, maximum: 100 },
                latency: { type: 'integer', default: 0, minimum: 0, maximum: 100 },
                trainingTime: { type: 'integer', default: 0, minimum: 0, maximum: 100 },
                cost: { type: 'integer', default: 0, minimum: 0, maximum: 100 },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        placement: {
          type: 'object',
          default: {},
          properties: {
            poolName: { type: 'string', minLength: 1, maxLength: 253 },
            poolSelector: {
              type: 'object',
              properties: {
                matchLabels: {
                  type: 'object',
                  maxProperties: 32,
                  additionalProperties: { type: 'string', maxLength: 63 },
                },
                matchExpressions: {
                  type: 'array',
                  maxItems: 16,
                  items: {
                    type: 'object',
                    required: ['key', 'operator'],
                    properties: {
                      key: { type: 'string', minLength: 1, maxLength: 317 },
                      operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
                      values: { type: 'array', maxItems: 32, items: { type: 'string', maxLength: 63 } },
                    },
                    additionalProperties: false,
                  },
                },
              },
              additionalProperties: false,
            },
            capacityTypes: {
              type: 'array',
              maxItems: 3,
              items: { type: 'string', enum: ['OnDemand', 'Spot', 'Reserved'] },
              uniqueItems: true,
            },
            regions: {
              type: 'array',
              maxItems: 32,
              items: { type: 'string', minLength: 1, maxLength: 63 },
              uniqueItems: true,
            },
            tolerations: {
              type: 'array',
              maxItems: 32,
              items: {
                type: 'object',
                properties: {
                  key: { type: 'string', minLength: 1, maxLength: 317 },
                  operator: { type: 'string', default: 'Equal', enum: ['Equal', 'Exists'] },
                  value: { type: 'string', minLength: 0, maxLength: 63 },
                  effect: { type: 'string', enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
                  tolerationSeconds: { type: 'integer', minimum: 0, maximum: 31536000 },
                },
                additionalProperties: false,
              },
            },
          },
          additionalProperties: false,
        },
        search: {
          type: 'object',
          default: {},
          properties: {
            maxPilots: { type: 'integer', default: 0, minimum: 0, maximum: 32 },
            maxBudgetFraction: {
              type: 'string',
              default: '0.1',
              minLength: 1,
              maxLength: 8,
              forms: [
                {
                  pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                  message: "must be a decimal string between '0' and '1', such as '0.85'",
                },
              ],
            },
          },
          additionalProperties: false,
        },
        planApproval: { type: 'string', default: 'Automatic', enum: ['Automatic', 'Manual'] },
        approvedPlan: { type: 'string', minLength: 1, maxLength: 63 },
        suspend: { type: 'boolean' },
        managedBy: {
          type: 'string',
          minLength: 1,
          maxLength: 63,
          forms: [
            {
              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9][-A-Za-z0-9_.]*$',
              message: "must be a domain-prefixed name such as 'kueue.x-k8s.io/multikueue'",
            },
          ],
        },
        queueName: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
        priorityClassName: {
          type: 'string',
          minLength: 1,
          maxLength: 253,
          pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
        },
        activeDeadlineSeconds: { type: 'integer', minimum: 1, maximum: 31536000 },
        backoffLimit: { type: 'integer', default: 3, minimum: 0, maximum: 100 },
        maxAttempts: { type: 'integer', default: 1, minimum: 1, maximum: 10 },
        ttlSecondsAfterFinished: { type: 'integer', minimum: 0, maximum: 31536000 },
        workspace: {
          type: 'object',
          default: {},
          properties: {
            storageClassName: {
              type: 'string',
              minLength: 1,
              maxLength: 253,
              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
            },
            size: { type: 'string', default: '10Gi', minLength: 1, maxLength: 32 },
            accessMode: { type: 'string', default: 'ReadWriteMany', enum: ['ReadWriteMany', 'ReadWriteOnce'] },
            claimName: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
          },
          additionalProperties: false,
        },
        output: {
          type: 'object',
          required: ['uri'],
          properties: {
            uri: {
              type: 'string',
              minLength: 1,
              maxLength: 1024,
              forms: [
                {
                  pattern: '^(pvc://[a-z0-9][-a-z0-9.]*(/.*)?|s3://[^/]+.*|gs://[^/]+.*|oci://[^/]+/.+|hf://[^/]+/.+)$',
                  message:
                    "must be a URI of the form 'pvc://CLAIM/PATH', 's3://BUCKET/KEY', 'gs://BUCKET/KEY', 'oci://REGISTRY/REPOSITORY' or 'hf://OWNER/NAME'",
                },
                { pattern: '^(?!.*[.][.])', message: "must be a path without '..', which could leave its volume" },
              ],
            },
            secretRef: {
              type: 'object',
              required: ['name'],
              properties: {
                name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
              },
              additionalProperties: false,
            },
            quantization: { type: 'string', default: 'None', enum: ['None', 'FP8', 'INT4'] },
          },
          additionalProperties: false,
        },
        deployment: {
          type: 'object',
          properties: {
            metadata: {
              type: 'object',
              properties: {
                name: { type: 'string', minLength: 1, maxLength: 40 },
                labels: { type: 'object', maxProperties: 32, additionalProperties: { type: 'string', maxLength: 63 } },
                annotations: {
                  type: 'object',
                  maxProperties: 32,
                  additionalProperties: { type: 'string', maxLength: 4096 },
                },
              },
              additionalProperties: false,
            },
            spec: {
              type: 'object',
              default: {},
              properties: {
                runtime: {
                  type: 'object',
                  default: {},
                  properties: {
                    image: { type: 'string', minLength: 1, maxLength: 512 },
                    args: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 1024 } },
                    env: {
                      type: 'array',
                      maxItems: 64,
                      items: {
                        type: 'object',
                        required: ['name'],
                        properties: {
                          name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                          value: { type: 'string', minLength: 0, maxLength: 4096 },
                          valueFrom: {
                            type: 'object',
                            properties: {
                              secretKeyRef: {
                                type: 'object',
                                required: ['name', 'key'],
                                properties: {
                                  name: {
                                    type: 'string',
                                    minLength: 1,
                                    maxLength: 253,
                                    pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                                  },
                                  key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                                },
                                additionalProperties: false,
                              },
                              configMapKeyRef: {
                                type: 'object',
                                required: ['name', 'key'],
                                properties: {
                                  name: {
                                    type: 'string',
                                    minLength: 1,
                                    maxLength: 253,
                                    pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                                  },
                                  key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                                },
                                additionalProperties: false,
                              },
                              fieldRef: {
                                type: 'object',
                                required: ['fieldPath'],
                                properties: { fieldPath: { type: 'string', minLength: 1, maxLength: 256 } },
                                additionalProperties: false,
                              },
                            },
                            additionalProperties: false,
                          },
                        },
                        additionalProperties: false,
                      },
                      uniqueKeys: ['name'],
                    },
                    dtype: { type: 'string', default: 'Auto', enum: ['Auto', 'Float32', 'Float16', 'BFloat16'] },
                    quantization: { type: 'string', enum: ['None', 'FP8', 'INT8', 'INT4'] },
                    maxModelLength: { type: 'integer', minimum: 1, maximum: 10000000 },
                    servedModelName: { type: 'string', minLength: 1, maxLength: 128 },
                    cacheClaimName: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 253,
                      pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                    },
                    port: { type: 'integer', default: 8000, minimum: 1, maximum: 65535 },
                  },
                  additionalProperties: false,
                },
                serving: {
                  type: 'object',
                  default: {},
                  properties: {
                    maxTimeToFirstTokenMilliseconds: { type: 'integer', minimum: 1, maximum: 3600000 },
                    maxInterTokenLatencyMilliseconds: { type: 'integer', minimum: 1, maximum: 600000 },
                    requestsPerSecond: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 16,
                      forms: [
                        { pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '2.5'" },
                      ],
                    },
                    inputTokens: { type: 'integer', minimum: 1, maximum: 10000000 },
                    outputTokens: { type: 'integer', minimum: 1, maximum: 1000000 },
                    maxHourlyCost: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 16,
                      forms: [
                        {
                          pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$',
                          message: "must be a decimal string such as '12.50'",
                        },
                      ],
                    },
                    maxCostPerMillionTokens: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 16,
                      forms: [
                        {
                          pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$',
                          message: "must be a decimal string such as '12.50'",
                        },
                      ],
                    },
                  },
                  additionalProperties: false,
                },
                placement: {
                  type: 'object',
                  default: {},
                  properties: {
                    poolName: { type: 'string', minLength: 1, maxLength: 253 },
                    poolSelector: {
                      type: 'object',
                      properties: {
                        matchLabels: {
                          type: 'object',
                          maxProperties: 32,
                          additionalProperties: { type: 'string', maxLength: 63 },
                        },
                        matchExpressions: {
                          type: 'array',
                          maxItems: 16,
                          items: {
                            type: 'object',
                            required: ['key', 'operator'],
                            properties: {
                              key: { type: 'string', minLength: 1, maxLength: 317 },
                              operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
                              values: { type: 'array', maxItems: 32, items: { type: 'string', maxLength: 63 } },
                            },
                            additionalProperties: false,
                          },
                        },
                      },
                      additionalProperties: false,
                    },
                    replan: { type: 'string', default: 'WhenLost', enum: ['Never', 'WhenLost', 'WhenBetter'] },
                    capacityTypes: {
                      type: 'array',
                      maxItems: 3,
                      items: { type: 'string', enum: ['OnDemand', 'Spot', 'Reserved'] },
                      uniqueItems: true,
                    },
                    regions: {
                      type: 'array',
                      maxItems: 32,
                      items: { type: 'string', minLength: 1, maxLength: 63 },
                      uniqueItems: true,
                    },
                    tolerations: {
                      type: 'array',
                      maxItems: 32,
                      items: {
                        type: 'object',
                        properties: {
                          key: { type: 'string', minLength: 1, maxLength: 317 },
                          operator: { type: 'string', default: 'Equal', enum: ['Equal', 'Exists'] },
                          value: { type: 'string', minLength: 0, maxLength: 63 },
                          effect: { type: 'string', enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
                          tolerationSeconds: { type: 'integer', minimum: 0, maximum: 31536000 },
                        },
                        additionalProperties: false,
                      },
                    },
                  },
                  additionalProperties: false,
                },
                replicas: { type: 'integer', minimum: 0, maximum: 1000 },
                autoscaling: {
                  type: 'object',
                  required: ['maxReplicas'],
                  properties: {
                    minReplicas: { type: 'integer', default: 1, minimum: 1, maximum: 1000 },
                    maxReplicas: { type: 'integer', minimum: 1, maximum: 1000 },
                    idleReplicas: { type: 'integer', minimum: 0, maximum: 999 },
                    targets: {
                      type: 'object',
                      default: { waitingRequests: 4 },
                      properties: {
                        waitingRequests: { type: 'integer', minimum: 1, maximum: 100000 },
                        kvCacheUtilizationPercentage: { type: 'integer', minimum: 1, maximum: 100 },
                        timeToFirstTokenMilliseconds: { type: 'integer', minimum: 1, maximum: 3600000 },
                      },
                      additionalProperties: false,
                    },
                    provider: { type: 'string', default: 'Auto', enum: ['Auto', 'BuiltIn', 'HPA', 'KEDA'] },
                    scaleUpStabilizationSeconds: { type: 'integer', default: 0, minimum: 0, maximum: 3600 },
                    scaleDownStabilizationSeconds: { type: 'integer', default: 300, minimum: 0, maximum: 3600 },
                  },
                  additionalProperties: false,
                },
                rollout: {
                  type: 'object',
                  default: { strategy: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
                  properties: {
                    strategy: { type: 'string', default: 'RollingUpdate', enum: ['RollingUpdate', 'Canary'] },
                    maxSurge: {
                      type: ['integer', 'string'],
                      default: 1,
                      minimum: 0,
                      maximum: 1000,
                      maxLength: 4,
                      pattern: '^([0-9]{1,4}|[0-9]{1,2}%|100%)$',
                    },
                    maxUnavailable: {
                      type: ['integer', 'string'],
                      default: 0,
                      minimum: 0,
                      maximum: 1000,
                      maxLength: 4,
                      pattern: '^([0-9]{1,4}|[0-9]{1,2}%|100%)$',
                    },
                    steps: {
                      type: 'array',
                      maxItems: 16,
                      items: {
                        type: 'object',
                        required: ['weightPercentage'],
                        properties: {
                          weightPercentage: { type: 'integer', minimum: 1, maximum: 100 },
                          pauseSeconds: { type: 'integer', default: 300, minimum: 0, maximum: 604800 },
                        },
                        additionalProperties: false,
                      },
                    },
                    analysis: {
                      type: 'object',
                      default: {},
                      properties: {
                        maxErrorRate: {
                          type: 'string',
                          default: '0.01',
                          minLength: 1,
                          maxLength: 8,
                          forms: [
                            {
                              pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                              message: "must be a decimal string between '0' and '1', such as '0.85'",
                            },
                          ],
                        },
                        maxLatencyRegression: {
                          type: 'string',
                          default: '0.2',
                          minLength: 1,
                          maxLength: 16,
                          forms: [
                            {
                              pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$',
                              message: "must be a decimal string such as '0.2', meaning 20 percent slower",
                            },
                          ],
                        },
                        minAgreement: {
                          type: 'string',
                          minLength: 1,
                          maxLength: 8,
                          forms: [
                            {
                              pattern: '^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$',
                              message: "must be a decimal string between '0' and '1', such as '0.85'",
                            },
                          ],
                        },
                        agreement: {
                          type: 'object',
                          required: ['prompts'],
                          properties: {
                            prompts: {
                              type: 'object',
                              required: ['configMapRef'],
                              properties: {
                                configMapRef: {
                                  type: 'object',
                                  required: ['name'],
                                  properties: {
                                    name: {
                                      type: 'string',
                                      minLength: 1,
                                      maxLength: 253,
                                      pattern: '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$',
                                    },
                                    key: {
                                      type: 'string',
                                      default: 'prompts.jsonl',
                                      minLength: 1,
                                      maxLength: 253,
                                      pattern: '^[-._a-zA-Z0-9]+$',
                                    },
                                  },
                                  additionalProperties: false,
                                },
                              },
                              additionalProperties: false,
                            },
                            sampleSize: { type: 'integer', default: 100, minimum: 5, maximum: 2000 },
                            maxTokens: { type: 'integer', default: 64, minimum: 1, maximum: 2048 },
                            match: { type: 'string', default: 'Exact', enum: ['Exact', 'TokenF1'] },
                            api: { type: 'string', default: 'Chat', enum: ['Chat', 'Completions'] },
                          },
                          additionalProperties: false,
                        },
                        minRequests: { type: 'integer', default: 50, minimum: 1, maximum: 1000000 },
                      },
                      additionalProperties: false,
                    },
                    autoRollback: { type: 'boolean', default: true },
                    revision: { type: 'string', minLength: 8, maxLength: 8, pattern: '^[0-9a-f]{8}$' },
                  },
                  additionalProperties: false,
                },
                route: {
                  type: 'object',
                  properties: {
                    httpRoute: {
                      type: 'object',
                      required: ['parentRefs'],
                      properties: {
                        parentRefs: {
                          type: 'array',
                          minItems: 1,
                          maxItems: 8,
                          items: {
                            type: 'object',
                            required: ['name'],
                            properties: {
                              name: {
                                type: 'string',
                                minLength: 1,
                                maxLength: 253,
                                pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                              },
                              namespace: { type: 'string', minLength: 1, maxLength: 63 },
                              sectionName: { type: 'string', minLength: 1, maxLength: 253 },
                            },
                            additionalProperties: false,
                          },
                        },
                        hostnames: {
                          type: 'array',
                          maxItems: 16,
                          items: { type: 'string', minLength: 1, maxLength: 253 },
                          uniqueItems: true,
                        },
                        pathPrefix: { type: 'string', default: '/', minLength: 1, maxLength: 256 },
                      },
                      additionalProperties: false,
                    },
                    inferencePool: {
                      type: 'object',
                      required: ['endpointPickerRef'],
                      properties: {
                        endpointPickerRef: {
                          type: 'object',
                          required: ['name'],
                          properties: {
                            name: { type: 'string', minLength: 1, maxLength: 63 },
                            port: { type: 'integer', default: 9002, minimum: 1, maximum: 65535 },
                          },
                          additionalProperties: false,
                        },
                      },
                      additionalProperties: false,
                    },
                  },
                  additionalProperties: false,
                },
                adapters: {
                  type: 'array',
                  maxItems: 32,
                  items: {
                    type: 'object',
                    required: ['name', 'uri'],
                    properties: {
                      name: { type: 'string', minLength: 1, maxLength: 128 },
                      uri: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 1024,
                        forms: [
                          {
                            pattern:
                              '^(pvc://[a-z0-9][-a-z0-9.]*(/.*)?|hf://[^/]+/.+|s3://[^/]+.*|gs://[^/]+.*|https://[^/]+.*|oci://[^/]+/.+)$',
                            message:
                              "must be a URI of the form 'pvc://CLAIM/PATH', 'hf://OWNER/NAME', 's3://BUCKET/KEY', 'gs://BUCKET/KEY', 'https://HOST/PATH' or 'oci://REGISTRY/REPOSITORY'",
                          },
                          {
                            pattern: '^(?!.*[.][.])',
                            message: "must be a path without '..', which could leave its volume",
                          },
                        ],
                      },
                      secretRef: {
                        type: 'object',
                        required: ['name'],
                        properties: {
                          name: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 253,
                            pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                          },
                        },
                        additionalProperties: false,
                      },
                    },
                    additionalProperties: false,
                  },
                  uniqueKeys: ['name'],
                },
                template: {
                  type: 'object',
                  properties: {
                    labels: {
                      type: 'object',
                      maxProperties: 32,
                      additionalProperties: { type: 'string', maxLength: 63 },
                    },
                    annotations: {
                      type: 'object',
                      maxProperties: 32,
                      additionalProperties: { type: 'string', maxLength: 4096 },
                    },
                    nodeSelector: {
                      type: 'object',
                      maxProperties: 32,
                      additionalProperties: { type: 'string', maxLength: 63 },
                    },
                    tolerations: {
                      type: 'array',
                      maxItems: 32,
                      items: {
                        type: 'object',
                        properties: {
                          key: { type: 'string', minLength: 1, maxLength: 317 },
                          operator: { type: 'string', default: 'Equal', enum: ['Equal', 'Exists'] },
                          value: { type: 'string', minLength: 0, maxLength: 63 },
                          effect: { type: 'string', enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
                          tolerationSeconds: { type: 'integer', minimum: 0, maximum: 31536000 },
                        },
                        additionalProperties: false,
                      },
                    },
                    serviceAccountName: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 253,
                      pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                    },
                    imagePullSecrets: {
                      type: 'array',
                      maxItems: 8,
                      items: {
                        type: 'object',
                        required: ['name'],
                        properties: {
                          name: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 253,
                            pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                          },
                        },
                        additionalProperties: false,
                      },
                      uniqueKeys: ['name'],
                    },
                    priorityClassName: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 253,
                      pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                    },
                    runtimeClassName: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 253,
                      pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                    },
                    schedulerName: { type: 'string', minLength: 1, maxLength: 253 },
                    env: {
                      type: 'array',
                      maxItems: 64,
                      items: {
                        type: 'object',
                        required: ['name'],
                        properties: {
                          name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                          value: { type: 'string', minLength: 0, maxLength: 4096 },
                          valueFrom: {
                            type: 'object',
                            properties: {
                              secretKeyRef: {
                                type: 'object',
                                required: ['name', 'key'],
                                properties: {
                                  name: {
                                    type: 'string',
                                    minLength: 1,
                                    maxLength: 253,
                                    pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                                  },
                                  key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                                },
                                additionalProperties: false,
                              },
                              configMapKeyRef: {
                                type: 'object',
                                required: ['name', 'key'],
                                properties: {
                                  name: {
                                    type: 'string',
                                    minLength: 1,
                                    maxLength: 253,
                                    pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                                  },
                                  key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                                },
                                additionalProperties: false,
                              },
                              fieldRef: {
                                type: 'object',
                                required: ['fieldPath'],
                                properties: { fieldPath: { type: 'string', minLength: 1, maxLength: 256 } },
                                additionalProperties: false,
                              },
                            },
                            additionalProperties: false,
                          },
                        },
                        additionalProperties: false,
                      },
                      uniqueKeys: ['name'],
                    },
                    resources: {
                      type: 'object',
                      properties: {
                        requests: {
                          type: 'object',
                          maxProperties: 32,
                          additionalProperties: {
                            type: ['integer', 'string'],
                            maxLength: 64,
                            pattern: '^[0-9]{1,15}(\\.[0-9]{1,9})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$',
                          },
                        },
                        limits: {
                          type: 'object',
                          maxProperties: 32,
                          additionalProperties: {
                            type: ['integer', 'string'],
                            maxLength: 64,
                            pattern: '^[0-9]{1,15}(\\.[0-9]{1,9})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$',
                          },
                        },
                      },
                      additionalProperties: false,
                    },
                  },
                  additionalProperties: false,
                },
                paused: { type: 'boolean' },
                revisionHistoryLimit: { type: 'integer', default: 3, minimum: 0, maximum: 100 },
                progressDeadlineSeconds: { type: 'integer', default: 1800, minimum: 1, maximum: 86400 },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        podTemplate: {
          type: 'object',
          properties: {
            labels: { type: 'object', maxProperties: 32, additionalProperties: { type: 'string', maxLength: 63 } },
            annotations: {
              type: 'object',
              maxProperties: 32,
              additionalProperties: { type: 'string', maxLength: 4096 },
            },
            nodeSelector: {
              type: 'object',
              maxProperties: 32,
              additionalProperties: { type: 'string', maxLength: 63 },
            },
            tolerations: {
              type: 'array',
              maxItems: 32,
              items: {
                type: 'object',
                properties: {
                  key: { type: 'string', minLength: 1, maxLength: 317 },
                  operator: { type: 'string', default: 'Equal', enum: ['Equal', 'Exists'] },
                  value: { type: 'string', minLength: 0, maxLength: 63 },
                  effect: { type: 'string', enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
                  tolerationSeconds: { type: 'integer', minimum: 0, maximum: 31536000 },
                },
                additionalProperties: false,
              },
            },
            serviceAccountName: {
              type: 'string',
              minLength: 1,
              maxLength: 253,
              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
            },
            imagePullSecrets: {
              type: 'array',
              maxItems: 8,
              items: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
                },
                additionalProperties: false,
              },
              uniqueKeys: ['name'],
            },
            priorityClassName: {
              type: 'string',
              minLength: 1,
              maxLength: 253,
              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
            },
            runtimeClassName: {
              type: 'string',
              minLength: 1,
              maxLength: 253,
              pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
            },
            schedulerName: { type: 'string', minLength: 1, maxLength: 253 },
            env: {
              type: 'array',
              maxItems: 64,
              items: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                  value: { type: 'string', minLength: 0, maxLength: 4096 },
                  valueFrom: {
                    type: 'object',
                    properties: {
                      secretKeyRef: {
                        type: 'object',
                        required: ['name', 'key'],
                        properties: {
                          name: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 253,
                            pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                          },
                          key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                        },
                        additionalProperties: false,
                      },
                      configMapKeyRef: {
                        type: 'object',
                        required: ['name', 'key'],
                        properties: {
                          name: {
                            type: 'string',
                            minLength: 1,
                            maxLength: 253,
                            pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                          },
                          key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                        },
                        additionalProperties: false,
                      },
                      fieldRef: {
                        type: 'object',
                        required: ['fieldPath'],
                        properties: { fieldPath: { type: 'string', minLength: 1, maxLength: 256 } },
                        additionalProperties: false,
                      },
                    },
                    additionalProperties: false,
                  },
                },
                additionalProperties: false,
              },
              uniqueKeys: ['name'],
            },
            resources: {
              type: 'object',
              properties: {
                requests: {
                  type: 'object',
                  maxProperties: 32,
                  additionalProperties: {
                    type: ['integer', 'string'],
                    maxLength: 64,
                    pattern: '^[0-9]{1,15}(\\.[0-9]{1,9})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$',
                  },
                },
                limits: {
                  type: 'object',
                  maxProperties: 32,
                  additionalProperties: {
                    type: ['integer', 'string'],
                    maxLength: 64,
                    pattern: '^[0-9]{1,15}(\\.[0-9]{1,9})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$',
                  },
                },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        image: { type: 'string', minLength: 1, maxLength: 512 },
      },
      additionalProperties: false,
    },
    status: {
      type: 'object',
      default: { observedGeneration: 0 },
      properties: {
        observedGeneration: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        conditions: {
          type: 'array',
          maxItems: 32,
          items: {
            type: 'object',
            required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
            properties: {
              type: {
                type: 'string',
                minLength: 1,
                maxLength: 316,
                pattern:
                  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
              },
              status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
              observedGeneration: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              lastTransitionTime: { type: 'string', maxLength: 64 },
              reason: {
                type: 'string',
                minLength: 1,
                maxLength: 1024,
                pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
              },
              message: { type: 'string', minLength: 0, maxLength: 32768 },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['type'],
        },
        startTime: { type: 'string', maxLength: 64 },
        completionTime: { type: 'string', maxLength: 64 },
        plan: {
          type: 'object',
          required: ['id'],
          properties: {
            id: { type: 'string', minLength: 1, maxLength: 63 },
            selected: {
              type: 'object',
              required: ['teacher', 'student', 'strategy', 'method'],
              properties: {
                name: { type: 'string', minLength: 1, maxLength: 63 },
                teacher: { type: 'string', minLength: 1, maxLength: 63 },
                student: { type: 'string', minLength: 1, maxLength: 63 },
                strategy: { type: 'string', minLength: 1, maxLength: 64 },
                method: { type: 'string', minLength: 1, maxLength: 64 },
                loss: { type: 'string', minLength: 1, maxLength: 64 },
                trainingPool: { type: 'string', minLength: 1, maxLength: 253 },
                trainingGpus: { type: 'integer', minimum: 0, maximum: 100000 },
                servingPool: { type: 'string', minLength: 1, maxLength: 253 },
                servingGpus: { type: 'integer', minimum: 0, maximum: 100000 },
                servingPipeline: { type: 'integer', minimum: 1, maximum: 1000 },
                servingReplicas: { type: 'integer', minimum: 1, maximum: 1000000 },
                quantization: { type: 'string', minLength: 1, maxLength: 32 },
                predicted: {
                  type: 'object',
                  properties: {
                    accuracy: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 32,
                      pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                    },
                    accuracyLow: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 32,
                      pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                    },
                    accuracyHigh: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 32,
                      pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                    },
                    accuracyBasis: { type: 'string', enum: ['Piloted', 'Predicted', 'Unmeasured'] },
                    trainingSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                    trainingCost: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 32,
                      pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                    },
                    timeToFirstTokenMilliseconds: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 32,
                      pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                    },
                    interTokenLatencyMilliseconds: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 32,
                      pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                    },
                    throughputTokensPerSecond: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 32,
                      pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                    },
                    hourlyCost: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 32,
                      pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                    },
                    costPerMillionTokens: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 32,
                      pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                    },
                  },
                  additionalProperties: false,
                },
              },
              additionalProperties: false,
            },
            front: {
              type: 'array',
              maxItems: 16,
              items: {
                type: 'object',
                required: ['teacher', 'student', 'strategy', 'method'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 63 },
                  teacher: { type: 'string', minLength: 1, maxLength: 63 },
                  student: { type: 'string', minLength: 1, maxLength: 63 },
                  strategy: { type: 'string', minLength: 1, maxLength: 64 },
                  method: { type: 'string', minLength: 1, maxLength: 64 },
                  loss: { type: 'string', minLength: 1, maxLength: 64 },
                  trainingPool: { type: 'string', minLength: 1, maxLength: 253 },
                  trainingGpus: { type: 'integer', minimum: 0, maximum: 100000 },
                  servingPool: { type: 'string', minLength: 1, maxLength: 253 },
                  servingGpus: { type: 'integer', minimum: 0, maximum: 100000 },
                  servingPipeline: { type: 'integer', minimum: 1, maximum: 1000 },
                  servingReplicas: { type: 'integer', minimum: 1, maximum: 1000000 },
                  quantization: { type: 'string', minLength: 1, maxLength: 32 },
                  predicted: {
                    type: 'object',
                    properties: {
                      accuracy: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                      accuracyLow: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                      accuracyHigh: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                      accuracyBasis: { type: 'string', enum: ['Piloted', 'Predicted', 'Unmeasured'] },
                      trainingSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                      trainingCost: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                      timeToFirstTokenMilliseconds: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                      interTokenLatencyMilliseconds: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                      throughputTokensPerSecond: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                      hourlyCost: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                      costPerMillionTokens: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                    },
                    additionalProperties: false,
                  },
                },
                additionalProperties: false,
              },
            },
            rejected: {
              type: 'array',
              maxItems: 32,
              items: {
                type: 'object',
                required: ['candidate', 'reason'],
                properties: {
                  candidate: { type: 'string', minLength: 1, maxLength: 512 },
                  reason: { type: 'string', minLength: 1, maxLength: 64 },
                  message: { type: 'string', minLength: 0, maxLength: 1024 },
                },
                additionalProperties: false,
              },
            },
            rejectedTotal: { type: 'integer', minimum: 0, maximum: 2147483647 },
            candidatesTotal: { type: 'integer', minimum: 0, maximum: 2147483647 },
            strategyReason: { type: 'string', minLength: 0, maxLength: 1024 },
            prices: {
              type: 'object',
              properties: {
                source: { type: 'string', minLength: 1, maxLength: 253 },
                date: { type: 'string', minLength: 1, maxLength: 32 },
              },
              additionalProperties: false,
            },
            poolsAtZero: { type: 'array', maxItems: 32, items: { type: 'string', maxLength: 253 }, uniqueItems: true },
            madeTime: { type: 'string', maxLength: 64 },
            basis: { type: 'string', minLength: 1, maxLength: 63 },
            replacedPlan: { type: 'string', minLength: 1, maxLength: 63 },
            replacedReason: { type: 'string', minLength: 0, maxLength: 1024 },
          },
          additionalProperties: false,
        },
        profile: {
          type: 'object',
          properties: {
            models: {
              type: 'array',
              maxItems: 24,
              items: {
                type: 'object',
                required: ['name', 'role', 'samples', 'correct'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 63 },
                  role: { type: 'string', enum: ['Teacher', 'Student'] },
                  samples: { type: 'integer', minimum: 0, maximum: 1000000000 },
                  correct: { type: 'integer', minimum: 0, maximum: 1000000000 },
                  accuracy: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
                  accuracyLow: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  accuracyHigh: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  formatFailures: { type: 'integer', minimum: 0, maximum: 1000000000 },
                  meanLatencyMilliseconds: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  facts: {
                    type: 'object',
                    properties: {
                      parameters: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
                      layers: { type: 'integer', minimum: 1, maximum: 10000 },
                      hiddenSize: { type: 'integer', minimum: 1, maximum: 1000000 },
                      heads: { type: 'integer', minimum: 1, maximum: 10000 },
                      kvHeads: { type: 'integer', minimum: 1, maximum: 10000 },
                      headSize: { type: 'integer', minimum: 1, maximum: 100000 },
                      intermediateSize: { type: 'integer', minimum: 1, maximum: 10000000 },
                      vocabularySize: { type: 'integer', minimum: 1, maximum: 100000000 },
                      tiedEmbeddings: { type: 'boolean' },
                      maxPositions: { type: 'integer', minimum: 1, maximum: 1000000000 },
                      bytesPerParameter: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 32,
                        pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                      },
                      tokenizerDigest: { type: 'string', minLength: 1, maxLength: 128 },
                      architecture: { type: 'string', minLength: 1, maxLength: 128 },
                    },
                    additionalProperties: false,
                  },
                },
                additionalProperties: false,
              },
              uniqueKeys: ['name', 'role'],
            },
            probeSamples: { type: 'integer', minimum: 1, maximum: 100000 },
            nextProbeSamples: { type: 'integer', minimum: 1, maximum: 100000 },
            trainExamples: { type: 'integer', minimum: 0, maximum: 2147483647 },
            evaluationExamples: { type: 'integer', minimum: 0, maximum: 2147483647 },
            chanceAccuracy: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
            meanPromptTokens: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
            meanCompletionTokens: {
              type: 'string',
              minLength: 1,
              maxLength: 32,
              pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
            },
          },
          additionalProperties: false,
        },
        stages: {
          type: 'array',
          maxItems: 8,
          items: {
            type: 'object',
            required: ['name', 'attempt', 'state'],
            properties: {
              name: { type: 'string', enum: ['Profile', 'Pilot', 'Synthesize', 'Train', 'Evaluate', 'Publish'] },
              attempt: { type: 'integer', minimum: 1, maximum: 1000 },
              state: { type: 'string', enum: ['Pending', 'Running', 'Succeeded', 'Failed', 'Skipped'] },
              jobName: { type: 'string', minLength: 1, maxLength: 63 },
              jobUID: { type: 'string', minLength: 1, maxLength: 64 },
              pool: { type: 'string', minLength: 1, maxLength: 253 },
              startTime: { type: 'string', maxLength: 64 },
              completionTime: { type: 'string', maxLength: 64 },
              restarts: { type: 'integer', minimum: 0, maximum: 1000000 },
              gpus: { type: 'integer', minimum: 0, maximum: 1000000 },
              podSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              chargedTime: { type: 'string', maxLength: 64 },
              endpointCost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
              cost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
              message: { type: 'string', minLength: 0, maxLength: 1024 },
              result: { type: 'string', minLength: 1, maxLength: 4096 },
              estimate: {
                type: 'object',
                required: ['device', 'devices', 'version', 'predictedSeconds', 'measuredSeconds', 'simulated'],
                properties: {
                  device: { type: 'string', minLength: 1, maxLength: 253 },
                  devices: { type: 'integer', minimum: 0, maximum: 100000 },
                  version: { type: 'string', minLength: 1, maxLength: 512 },
                  method: { type: 'string', enum: ['Full', 'LoRA', 'QLoRA'] },
                  predictedSeconds: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  measuredSeconds: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  predictedTokensPerSecond: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  measuredTokensPerSecond: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  simulated: { type: 'boolean' },
                },
                additionalProperties: false,
              },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['name'],
        },
        pilots: {
          type: 'array',
          maxItems: 32,
          items: {
            type: 'object',
            required: ['name', 'teacher', 'student', 'strategy', 'method', 'rung', 'state'],
            properties: {
              name: { type: 'string', minLength: 1, maxLength: 63 },
              teacher: { type: 'string', minLength: 1, maxLength: 63 },
              student: { type: 'string', minLength: 1, maxLength: 63 },
              strategy: { type: 'string', minLength: 1, maxLength: 64 },
              method: { type: 'string', minLength: 1, maxLength: 64 },
              loss: { type: 'string', minLength: 1, maxLength: 64 },
              state: { type: 'string', enum: ['Pending', 'Running', 'Measured', 'Dropped', 'Failed'] },
              rung: { type: 'integer', minimum: 0, maximum: 16 },
              pool: { type: 'string', minLength: 1, maxLength: 253 },
              gpus: { type: 'integer', minimum: 0, maximum: 100000 },
              steps: { type: 'integer', minimum: 1, maximum: 1000000000 },
              rows: { type: 'integer', minimum: 1, maximum: 1000000000 },
              deadlineSeconds: { type: 'integer', minimum: 1, maximum: 2147483647 },
              endpointBudget: {
                type: 'string',
                minLength: 1,
                maxLength: 32,
                pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
              },
              measured: {
                type: 'object',
                required: ['steps', 'samples', 'correct'],
                properties: {
                  steps: { type: 'integer', minimum: 0, maximum: 1000000000 },
                  samples: { type: 'integer', minimum: 0, maximum: 1000000000 },
                  correct: { type: 'integer', minimum: 0, maximum: 1000000000 },
                  accuracy: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
                  accuracyLow: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                  accuracyHigh: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 32,
                    pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                  },
                },
                additionalProperties: false,
              },
              cost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
              message: { type: 'string', minLength: 0, maxLength: 1024 },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['name'],
        },
        trainerStatus: {
          type: 'object',
          required: ['lastUpdatedTime'],
          properties: {
            progressPercentage: { type: 'integer', minimum: 0, maximum: 100 },
            estimatedRemainingSeconds: { type: 'integer', minimum: 0, maximum: 2147483647 },
            metrics: {
              type: 'array',
              maxItems: 64,
              items: {
                type: 'object',
                required: ['name', 'value'],
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 64 },
                  value: { type: 'string', minLength: 1, maxLength: 64 },
                },
                additionalProperties: false,
              },
            },
            lastUpdatedTime: { type: 'string', maxLength: 64 },
          },
          additionalProperties: false,
        },
        progress: { type: 'string', minLength: 1, maxLength: 32 },
        attempts: {
          type: 'array',
          maxItems: 10,
          items: {
            type: 'object',
            required: ['number', 'state'],
            properties: {
              number: { type: 'integer', minimum: 1, maximum: 1000 },
              planId: { type: 'string', minLength: 1, maxLength: 63 },
              candidate: { type: 'string', minLength: 1, maxLength: 512 },
              state: { type: 'string', enum: ['Running', 'Succeeded', 'Failed'] },
              reason: { type: 'string', minLength: 1, maxLength: 64 },
              startTime: { type: 'string', maxLength: 64 },
              completionTime: { type: 'string', maxLength: 64 },
              accuracy: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['number'],
        },
        evaluation: {
          type: 'object',
          properties: {
            student: {
              type: 'object',
              required: ['samples', 'correct'],
              properties: {
                samples: { type: 'integer', minimum: 0, maximum: 1000000000 },
                correct: { type: 'integer', minimum: 0, maximum: 1000000000 },
                accuracy: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
                accuracyLow: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 32,
                  pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                },
                accuracyHigh: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 32,
                  pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                },
              },
              additionalProperties: false,
            },
            teacher: {
              type: 'object',
              required: ['samples', 'correct'],
              properties: {
                samples: { type: 'integer', minimum: 0, maximum: 1000000000 },
                correct: { type: 'integer', minimum: 0, maximum: 1000000000 },
                accuracy: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
                accuracyLow: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 32,
                  pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                },
                accuracyHigh: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 32,
                  pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                },
              },
              additionalProperties: false,
            },
            base: {
              type: 'object',
              required: ['samples', 'correct'],
              properties: {
                samples: { type: 'integer', minimum: 0, maximum: 1000000000 },
                correct: { type: 'integer', minimum: 0, maximum: 1000000000 },
                accuracy: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
                accuracyLow: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 32,
                  pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                },
                accuracyHigh: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 32,
                  pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$',
                },
              },
              additionalProperties: false,
            },
            pairedBetter: { type: 'integer', minimum: 0, maximum: 1000000000 },
            pairedWorse: { type: 'integer', minimum: 0, maximum: 1000000000 },
            pairedPValue: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
            contaminated: { type: 'integer', minimum: 0, maximum: 1000000000 },
          },
          additionalProperties: false,
        },
        cost: {
          type: 'object',
          required: ['spent', 'currency'],
          properties: {
            spent: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
            gpuSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
            reserved: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
            currency: { type: 'string', minLength: 1, maxLength: 3 },
            unknown: { type: 'boolean' },
          },
          additionalProperties: false,
        },
        artifact: {
          type: 'object',
          required: ['uri'],
          properties: {
            uri: { type: 'string', minLength: 1, maxLength: 1024 },
            digest: { type: 'string', minLength: 1, maxLength: 128 },
            quantization: { type: 'string', enum: ['FP8', 'INT4'] },
            publishedTime: { type: 'string', maxLength: 64 },
          },
          additionalProperties: false,
        },
        deploymentName: { type: 'string', minLength: 1, maxLength: 63 },
        lastFailure: {
          type: 'object',
          required: ['reason', 'time'],
          properties: {
            stage: { type: 'string', minLength: 1, maxLength: 64 },
            reason: { type: 'string', minLength: 1, maxLength: 64 },
            message: { type: 'string', minLength: 0, maxLength: 4096 },
            podName: { type: 'string', minLength: 1, maxLength: 253 },
            exitCode: { type: 'integer', minimum: -2147483648, maximum: 2147483647 },
            time: { type: 'string', maxLength: 64 },
          },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
  },
};

/** The JSON schema of a DistillationQuota. */
export const distillationQuotaSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: 'distill.stratos.dev/v1alpha1' },
    kind: { const: 'DistillationQuota' },
    metadata: { type: 'object', required: ['name'], properties: { name: { type: 'string', forms: [] } } },
    spec: {
      type: 'object',
      properties: {
        period: { type: 'string', default: 'Month', enum: ['Day', 'Week', 'Month'] },
        currency: {
          type: 'string',
          default: 'USD',
          minLength: 3,
          maxLength: 3,
          forms: [{ pattern: '^[A-Z]{3}$', message: "must be an ISO 4217 code such as 'USD'" }],
        },
        limits: {
          type: 'object',
          default: {},
          properties: {
            cost: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [
                { pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '500.00'" },
              ],
            },
            gpuHours: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [{ pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '200'" }],
            },
            gpus: { type: 'integer', minimum: 0, maximum: 1000000 },
            jobs: { type: 'integer', minimum: 0, maximum: 1000000 },
          },
          additionalProperties: false,
        },
        largestJob: {
          type: 'object',
          default: {},
          properties: {
            cost: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [{ pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '50.00'" }],
            },
            gpuHours: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [{ pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '24'" }],
            },
            gpus: { type: 'integer', minimum: 0, maximum: 1000000 },
          },
          additionalProperties: false,
        },
        allowedGpuProducts: {
          type: 'array',
          maxItems: 64,
          items: { type: 'string', minLength: 1, maxLength: 64 },
          uniqueItems: true,
        },
        allowedCapacityTypes: {
          type: 'array',
          maxItems: 3,
          items: { type: 'string', enum: ['OnDemand', 'Spot', 'Reserved'] },
          uniqueItems: true,
        },
        unknownPrices: { type: 'string', default: 'Refuse', enum: ['Refuse', 'Allow'] },
      },
      additionalProperties: false,
    },
    status: {
      type: 'object',
      default: { observedGeneration: 0 },
      properties: {
        observedGeneration: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        period: {
          type: 'object',
          required: ['startTime', 'endTime'],
          properties: { startTime: { type: 'string', maxLength: 64 }, endTime: { type: 'string', maxLength: 64 } },
          additionalProperties: false,
        },
        spent: {
          type: 'object',
          required: ['cost', 'gpuSeconds'],
          properties: {
            cost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
            gpuSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
            gpuHours: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
          },
          additionalProperties: false,
        },
        reserved: {
          type: 'object',
          required: ['cost', 'gpuSeconds'],
          properties: {
            cost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
            gpuSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
            gpus: { type: 'integer', minimum: 0, maximum: 1000000 },
            jobs: { type: 'integer', minimum: 0, maximum: 1000000 },
          },
          additionalProperties: false,
        },
        waiting: { type: 'integer', minimum: 0, maximum: 1000000 },
        entries: {
          type: 'array',
          maxItems: 1000,
          items: {
            type: 'object',
            required: ['jobUID', 'jobName', 'state', 'charged'],
            properties: {
              jobUID: { type: 'string', minLength: 1, maxLength: 64 },
              jobName: { type: 'string', minLength: 1, maxLength: 253 },
              state: { type: 'string', enum: ['Granted', 'Waiting', 'Idle', 'Settled'] },
              sinceTime: { type: 'string', maxLength: 64 },
              charged: {
                type: 'object',
                required: ['cost', 'gpuSeconds'],
                properties: {
                  cost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
                  gpuSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                },
                additionalProperties: false,
              },
              spent: {
                type: 'object',
                required: ['cost', 'gpuSeconds'],
                properties: {
                  cost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
                  gpuSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                },
                additionalProperties: false,
              },
              limit: {
                type: 'object',
                required: ['cost', 'gpuSeconds'],
                properties: {
                  cost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
                  gpuSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                },
                additionalProperties: false,
              },
              gpus: { type: 'integer', minimum: 0, maximum: 1000000 },
              reason: { type: 'string', minLength: 1, maxLength: 64 },
              message: { type: 'string', minLength: 0, maxLength: 1024 },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['jobUID'],
        },
        history: {
          type: 'array',
          maxItems: 12,
          items: {
            type: 'object',
            required: ['startTime', 'endTime', 'spent'],
            properties: {
              startTime: { type: 'string', maxLength: 64 },
              endTime: { type: 'string', maxLength: 64 },
              spent: {
                type: 'object',
                required: ['cost', 'gpuSeconds'],
                properties: {
                  cost: { type: 'string', minLength: 1, maxLength: 32, pattern: '^-?[0-9]{1,18}([.][0-9]{1,9})?$' },
                  gpuSeconds: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                },
                additionalProperties: false,
              },
            },
            additionalProperties: false,
          },
        },
        conditions: {
          type: 'array',
          maxItems: 32,
          items: {
            type: 'object',
            required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
            properties: {
              type: {
                type: 'string',
                minLength: 1,
                maxLength: 316,
                pattern:
                  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
              },
              status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
              observedGeneration: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              lastTransitionTime: { type: 'string', maxLength: 64 },
              reason: {
                type: 'string',
                minLength: 1,
                maxLength: 1024,
                pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
              },
              message: { type: 'string', minLength: 0, maxLength: 32768 },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['type'],
        },
      },
      additionalProperties: false,
    },
  },
};

/** The JSON schema of a ServerPool. */
export const serverPoolSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: 'distill.stratos.dev/v1alpha1' },
    kind: { const: 'ServerPool' },
    metadata: {
      type: 'object',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          forms: [
            {
              pattern: '^.{1,50}$',
              message:
                '`metadata.name` must be at most 50 characters long, because the pool is called by it in plans; choose a shorter name',
            },
            {
              pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
              message:
                "`metadata.name` must be a DNS label, such as 'h100-reserved', because the pool is called by it in plans",
            },
          ],
        },
      },
    },
    spec: {
      type: 'object',
      required: ['nodeSelector'],
      properties: {
        nodeSelector: { type: 'object', maxProperties: 16, additionalProperties: { type: 'string', maxLength: 63 } },
        region: { type: 'string', minLength: 1, maxLength: 63 },
        capacityType: { type: 'string', enum: ['OnDemand', 'Spot', 'Reserved'] },
        node: {
          type: 'object',
          required: ['cpu', 'memory'],
          properties: {
            instanceType: { type: 'string', minLength: 1, maxLength: 63 },
            cpu: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [
                {
                  pattern: '^[0-9]{1,6}([.][0-9]{1,3})?m?$',
                  message: "must be an amount of CPU such as '96' or '1500m'",
                },
              ],
            },
            memory: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [
                {
                  pattern: '^[0-9]{1,12}([.][0-9]{1,3})?(Ki|Mi|Gi|Ti|k|M|G|T)?$',
                  message: "must be an amount of memory such as '768Gi'",
                },
              ],
            },
            gpu: {
              type: 'object',
              required: ['product', 'count'],
              properties: {
                product: { type: 'string', minLength: 1, maxLength: 63 },
                count: { type: 'integer', minimum: 1, maximum: 64 },
                memoryGibibytes: { type: 'integer', minimum: 1, maximum: 4096 },
                resource: { type: 'string', default: 'nvidia.com/gpu', minLength: 1, maxLength: 63 },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        interconnect: {
          type: 'object',
          required: ['fabric'],
          properties: {
            fabric: { type: 'string', enum: ['PCIe', 'NVLink', 'NVSwitch', 'InfinityFabric'] },
            gigabytesPerSecond: { type: 'integer', minimum: 1, maximum: 10000 },
          },
          additionalProperties: false,
        },
        limits: {
          type: 'object',
          properties: { maxNodes: { type: 'integer', minimum: 0, maximum: 5000 } },
          additionalProperties: false,
        },
        taints: {
          type: 'array',
          maxItems: 16,
          items: {
            type: 'object',
            required: ['key', 'effect'],
            properties: {
              key: { type: 'string', minLength: 1, maxLength: 317 },
              value: { type: 'string', minLength: 0, maxLength: 63 },
              effect: { type: 'string', enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
            },
            additionalProperties: false,
          },
        },
        price: {
          type: 'object',
          required: ['amount'],
          properties: {
            amount: {
              type: 'string',
              minLength: 1,
              maxLength: 16,
              forms: [
                { pattern: '^[0-9]{1,9}([.][0-9]{1,6})?$', message: "must be a decimal string such as '12.50'" },
                {
                  pattern: '[1-9]',
                  message: "must be above zero; a node that costs nothing needs a nominal price such as '0.01'",
                },
              ],
            },
            currency: {
              type: 'string',
              default: 'USD',
              minLength: 3,
              maxLength: 3,
              forms: [{ pattern: '^[A-Z]{3}$', message: "must be an ISO 4217 code such as 'USD'" }],
            },
            capacityType: { type: 'string', enum: ['OnDemand', 'Spot', 'Reserved'] },
            effectiveDate: {
              type: 'string',
              minLength: 10,
              maxLength: 10,
              forms: [{ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', message: "must be a date such as '2026-01-31'" }],
            },
          },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
    status: {
      type: 'object',
      default: { observedGeneration: 0 },
      properties: {
        observedGeneration: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        conditions: {
          type: 'array',
          maxItems: 32,
          items: {
            type: 'object',
            required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
            properties: {
              type: {
                type: 'string',
                minLength: 1,
                maxLength: 316,
                pattern:
                  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
              },
              status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
              observedGeneration: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              lastTransitionTime: { type: 'string', maxLength: 64 },
              reason: {
                type: 'string',
                minLength: 1,
                maxLength: 1024,
                pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
              },
              message: { type: 'string', minLength: 0, maxLength: 32768 },
            },
            additionalProperties: false,
          },
          uniqueKeys: ['type'],
        },
        pools: { type: 'array', maxItems: 32, items: { type: 'string', maxLength: 63 }, uniqueItems: true },
        nodes: {
          type: 'object',
          properties: {
            total: { type: 'integer', minimum: 0, maximum: 2147483647 },
            ready: { type: 'integer', minimum: 0, maximum: 2147483647 },
            'new': { type: 'integer', minimum: 0, maximum: 2147483647 },
          },
          additionalProperties: false,
        },
        gpus: {
          type: 'object',
          properties: {
            total: { type: 'integer', minimum: 0, maximum: 2147483647 },
            free: { type: 'integer', minimum: 0, maximum: 2147483647 },
            product: { type: 'string', maxLength: 63 },
            perNode: { type: 'integer', minimum: 0, maximum: 2147483647 },
            memoryGibibytes: { type: 'integer', minimum: 0, maximum: 2147483647 },
          },
          additionalProperties: false,
        },
        price: {
          type: 'object',
          properties: {
            amount: { type: 'string', maxLength: 32 },
            currency: { type: 'string', maxLength: 3 },
            source: { type: 'string', maxLength: 253 },
            date: { type: 'string', maxLength: 32 },
          },
          additionalProperties: false,
        },
        conflicts: {
          type: 'array',
          maxItems: 16,
          items: {
            type: 'object',
            required: ['reason', 'message'],
            properties: {
              reason: { type: 'string', enum: ['NodesClaimedTwice', 'ShapeContradicted', 'PriceContradicted'] },
              message: { type: 'string', maxLength: 1024 },
            },
            additionalProperties: false,
          },
        },
      },
      additionalProperties: false,
    },
  },
};

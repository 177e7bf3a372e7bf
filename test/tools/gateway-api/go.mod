module stratos.test/tools/gateway-api

go 1.25.0

require (
	sigs.k8s.io/gateway-api v1.4.0
	sigs.k8s.io/gateway-api-inference-extension v1.2.0
)

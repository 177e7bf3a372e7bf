// Package luatests runs health and action tests in the format of Argo CD's repository through Argo CD's own code: its
// settings read the ConfigMap that we ship, its Lua machine runs what they found.
package luatests

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/argoproj/gitops-engine/pkg/health"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

type outcome struct {
	Test  string `json:"test"`
	Error string `json:"error,omitempty"`
}

type healthTests struct {
	Tests []struct {
		InputPath    string              `json:"inputPath"`
		HealthStatus health.HealthStatus `json:"healthStatus"`
	} `json:"tests"`
}

type actionTests struct {
	DiscoveryTests []struct {
		InputPath string                    `json:"inputPath"`
		Result    []v1alpha1.ResourceAction `json:"result"`
	} `json:"discoveryTests"`
	ActionTests []struct {
		Action             string `json:"action"`
		InputPath          string `json:"inputPath"`
		ExpectedOutputPath string `json:"expectedOutputPath"`
	} `json:"actionTests"`
}

type runner struct {
	root     string
	vm       lua.VM
	outcomes []outcome
}

// Run prints one JSON array: {"test": "...", "error": "..."} of every test, without an error for one that passes.
func Run(configMapPath, root string) error {
	overrides, err := readOverrides(configMapPath)
	if err != nil {
		return err
	}
	runner := &runner{root: root, vm: lua.VM{ResourceOverrides: overrides}}
	err = filepath.Walk(root, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		switch filepath.Base(path) {
		case "health_test.yaml":
			return runner.health(path)
		case "action_test.yaml":
			return runner.actions(path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(runner.outcomes)
}

// Argo CD's settings want a cluster: a ConfigMap and a Secret in one that is only in memory are all they read.
func readOverrides(path string) (map[string]v1alpha1.ResourceOverride, error) {
	configMap, secret := &corev1.ConfigMap{}, &corev1.Secret{}
	if err := read(path, configMap); err != nil {
		return nil, err
	}
	secret.ObjectMeta = metav1.ObjectMeta{Name: common.ArgoCDSecretName, Namespace: configMap.Namespace}
	client := fake.NewClientset(configMap, secret)
	return settings.NewSettingsManager(context.Background(), client, configMap.Namespace).GetResourceOverrides()
}

func (r *runner) health(path string) error {
	tests, dir := healthTests{}, filepath.Dir(path)
	if err := read(path, &tests); err != nil {
		return err
	}
	for _, test := range tests.Tests {
		r.record(dir, "health", test.InputPath, func(object *unstructured.Unstructured) error {
			script, openLibs, err := r.vm.GetHealthScript(object)
			if err != nil {
				return err
			}
			vm := r.vm
			vm.UseOpenLibs = openLibs
			found, err := vm.ExecuteHealthLua(object, script)
			return differs(&test.HealthStatus, found, err)
		})
	}
	return nil
}

func (r *runner) actions(path string) error {
	tests, dir := actionTests{}, filepath.Dir(path)
	if err := read(path, &tests); err != nil {
		return err
	}
	for _, test := range tests.DiscoveryTests {
		r.record(dir, "actions", test.InputPath, func(object *unstructured.Unstructured) error {
			scripts, err := r.vm.GetResourceActionDiscovery(object)
			if err != nil {
				return err
			}
			found, err := r.vm.ExecuteResourceActionDiscovery(object, scripts)
			return differs(byName(test.Result), byName(found), err)
		})
	}
	for _, test := range tests.ActionTests {
		r.record(dir, test.Action, test.InputPath, func(object *unstructured.Unstructured) error {
			want := &unstructured.Unstructured{}
			if err := read(filepath.Join(dir, test.ExpectedOutputPath), &want.Object); err != nil {
				return err
			}
			found, err := r.act(object, test.Action)
			return differs(want, found, err)
		})
	}
	return nil
}

func (r *runner) act(object *unstructured.Unstructured, name string) (*unstructured.Unstructured, error) {
	action, err := r.vm.GetResourceAction(object, name)
	if err != nil {
		return nil, err
	}
	impacted, err := r.vm.ExecuteResourceAction(object, action.ActionLua, nil)
	if err != nil {
		return nil, err
	}
	if len(impacted) != 1 || impacted[0].K8SOperation != lua.PatchOperation {
		return nil, fmt.Errorf("wants to change %d objects, and not just patch its own", len(impacted))
	}
	settle(impacted[0].UnstructuredObj.Object)
	return impacted[0].UnstructuredObj, nil
}

// What tells the time would differ with each run: as in Argo CD's own tests it is put back to the first second.
func settle(fields map[string]any) {
	for name, value := range fields {
		if nested, isMap := value.(map[string]any); isMap {
			settle(nested)
		}
		text, isText := value.(string)
		if _, err := time.Parse(time.RFC3339, text); isText && err == nil && name == "kubectl.kubernetes.io/restartedAt" {
			fields[name] = "0001-01-01T00:00:00Z"
		}
	}
}

func (r *runner) record(dir, what, input string, check func(*unstructured.Unstructured) error) {
	object := &unstructured.Unstructured{}
	err := read(filepath.Join(dir, input), &object.Object)
	if err == nil {
		err = check(object)
	}
	name, _ := filepath.Rel(r.root, dir)
	result := outcome{Test: strings.Join([]string{strings.TrimSuffix(name, "/actions"), what, filepath.Base(input)}, " ")}
	if err != nil {
		result.Error = err.Error()
	}
	r.outcomes = append(r.outcomes, result)
}

// Compared as JSON: Lua has only one kind of number.
func differs(want, found any, err error) error {
	if err != nil {
		return err
	}
	wantJSON, foundJSON := plain(want), plain(found)
	if reflect.DeepEqual(wantJSON, foundJSON) {
		return nil
	}
	return fmt.Errorf("want %v, found %v", wantJSON, foundJSON)
}

func plain(value any) (plain any) {
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		return err
	}
	return plain
}

func byName(actions []v1alpha1.ResourceAction) []v1alpha1.ResourceAction {
	sort.Slice(actions, func(a, b int) bool { return actions[a].Name < actions[b].Name })
	return actions
}

func read(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// What kstatus says of objects, by cli-utils' own code: Flux, Helm and kpt wait by it.
//
// Reads a JSON array of objects on standard input and prints an array of {"status": "...", "message": "..."}.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var objects []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		return err
	}
	verdicts := make([]verdict, len(objects))
	for index, text := range objects {
		object := &unstructured.Unstructured{}
		// Whole numbers become int64, as they do for whoever reads from the API server.
		if err := object.UnmarshalJSON(text); err != nil {
			return err
		}
		result, err := status.Compute(object)
		if err != nil {
			return fmt.Errorf("object %d: %w", index, err)
		}
		verdicts[index] = verdict{result.Status.String(), result.Message}
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

// Says what kstatus makes of an object: the library by which Flux and others tell whether something is ready. Reads the
// object as JSON from its standard input and prints status and message as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	object := &unstructured.Unstructured{}
	if err := json.NewDecoder(os.Stdin).Decode(object); err != nil {
		return fmt.Errorf("the object cannot be read: %w", err)
	}
	result, err := status.Compute(object)
	if err != nil {
		return fmt.Errorf("kstatus cannot tell: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]string{
		"status":  result.Status.String(),
		"message": result.Message,
	})
}

// Reads a dashboard from standard input by the types that Grafana publishes for it, and says what does not fit: unknown fields,
// wrong types and values, missing ones.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	text, err := io.ReadAll(os.Stdin)
	refuse(err)
	board := dashboard.NewDashboard()
	refuse(board.UnmarshalJSONStrict(text))
	refuse(board.Validate())
}

// A list of problems without any is an error, too, as far as Go is concerned.
func refuse(err error) {
	if err == nil || err.Error() == "" {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

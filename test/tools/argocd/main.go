// What the tests need of Argo CD, in one program: it shares most of its packages, so one build and one link serve all.
//
//	argocd application-controller|repo-server|applicationset-controller FLAGS
//	argocd lua-tests ARGOCD-CM.yaml RESOURCE_CUSTOMIZATIONS
//
// The first three are Argo CD's own commands and nothing else. Not in it are its API server, command line and user
// interface: what happens in a cluster, the controllers do.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	sets "github.com/argoproj/argo-cd/v3/cmd/argocd-applicationset-controller/commands"
	repositories "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"

	"stratos.test/tools/argocd/luatests"
)

var commands = map[string]func() *cobra.Command{
	"application-controller":    controller.NewCommand,
	"applicationset-controller": sets.NewCommand,
	"repo-server":               repositories.NewCommand,
	"lua-tests":                 luaTests,
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: argocd application-controller|applicationset-controller|repo-server|lua-tests ...")
		os.Exit(2)
	}
	logrus.AddHook(noMetricsServer{})
	command := commands[os.Args[1]]()
	command.SetArgs(os.Args[2:])
	if command.Execute() != nil {
		os.Exit(1)
	}
}

func luaTests() *cobra.Command {
	return &cobra.Command{
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return luatests.Run(args[0], args[1]) },
	}
}

// The application controller serves its metrics on every address of the machine and has no flag against it. So it is
// given a port that no socket can have, and the goroutine that would end the program for that stops here.
type noMetricsServer struct{}

const noPort = "address -1: invalid port"

func (noMetricsServer) Levels() []logrus.Level { return []logrus.Level{logrus.FatalLevel} }

func (noMetricsServer) Fire(entry *logrus.Entry) error {
	if strings.Contains(entry.Message, noPort) {
		select {}
	}
	return nil
}

// The bench's controller-runtime program: keeps the node affinity of one DaemonSet, and does nothing else. Written as
// a good Go operator would be: a cached, filtered watch, a predicate on the generation, one JSON Patch that tests what
// was read. Flags say what to keep; the cluster comes from KUBECONFIG.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

const affinityPath = "/spec/template/spec/affinity"

type keeper struct {
	client client.Client
	wanted *corev1.Affinity
}

type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

func (k *keeper) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var daemonSet appsv1.DaemonSet
	if err := k.client.Get(ctx, request.NamespacedName, &daemonSet); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	live := daemonSet.Spec.Template.Spec.Affinity
	if equality.Semantic.DeepEqual(live, k.wanted) {
		return ctrl.Result{}, nil
	}
	patch, err := json.Marshal([]operation{
		{Op: "test", Path: affinityPath, Value: live},
		{Op: "add", Path: affinityPath, Value: k.wanted},
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, k.client.Patch(ctx, &daemonSet, client.RawPatch(types.JSONPatchType, patch))
}

func main() {
	namespace := flag.String("namespace", "", "namespace of the DaemonSet")
	name := flag.String("name", "", "name of the DaemonSet")
	affinity := flag.String("affinity", "", "the affinity to keep, as JSON")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	log := ctrl.Log.WithName("keeper")
	fail := func(err error) {
		if err != nil {
			log.Error(err, "ended")
			os.Exit(1)
		}
	}

	wanted := &corev1.Affinity{}
	fail(json.Unmarshal([]byte(*affinity), wanted))
	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		Scheme:  scheme.Scheme,
		Metrics: metricsserver.Options{BindAddress: "0"},
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&appsv1.DaemonSet{}: {
				Namespaces: map[string]cache.Config{*namespace: {}},
				Field:      fields.OneTermEqualSelector("metadata.name", *name),
			},
		}},
	})
	fail(err)
	fail(ctrl.NewControllerManagedBy(manager).
		For(&appsv1.DaemonSet{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Complete(&keeper{client: manager.GetClient(), wanted: wanted}))
	fail(manager.Start(ctrl.SetupSignalHandler()))
}

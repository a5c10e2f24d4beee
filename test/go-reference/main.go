// A metrics API of the Go library, serving the values of a fixture: what ours is compared with.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sort"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/component-base/logs"
	"k8s.io/klog/v2"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"k8s.io/metrics/pkg/apis/external_metrics/v1beta1"

	"sigs.k8s.io/custom-metrics-apiserver/pkg/cmd"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

// Known is one component of the fixture: a value, or the refusal that its question meets.
type Known struct {
	Namespace string                       `json:"namespace"`
	Labels    map[string]string            `json:"labels"`
	Value     *v1beta1.ExternalMetricValue `json:"value,omitempty"`
	Status    *metav1.Status               `json:"status,omitempty"`
	Error     string                       `json:"error,omitempty"`
}

// Fixture holds what is known of each metric, by its name in lower case and then by component.
type Fixture map[string]map[string][]Known

func (fixture Fixture) ListAllExternalMetrics() []provider.ExternalMetricInfo {
	all := []provider.ExternalMetricInfo{}
	for name := range fixture {
		all = append(all, provider.ExternalMetricInfo{Metric: name})
	}
	return all
}

func (fixture Fixture) GetExternalMetric(
	_ context.Context, namespace string, selector labels.Selector, info provider.ExternalMetricInfo,
) (*external_metrics.ExternalMetricValueList, error) {
	list := &external_metrics.ExternalMetricValueList{Items: []external_metrics.ExternalMetricValue{}}
	for _, known := range fixture.asked(info.Metric, selector) {
		if known.Namespace != namespace || !selector.Matches(labels.Set(known.Labels)) {
			continue
		}
		if known.Status != nil {
			return nil, &apierrors.StatusError{ErrStatus: *known.Status}
		}
		if known.Value == nil {
			return nil, errors.New(known.Error)
		}
		var item external_metrics.ExternalMetricValue
		if err := v1beta1.Convert_v1beta1_ExternalMetricValue_To_external_metrics_ExternalMetricValue(
			known.Value, &item, nil); err != nil {
			return nil, err
		}
		list.Items = append(list.Items, item)
	}
	return list, nil
}

// asked narrows by the component where one is named, so that many cost no more than one.
func (fixture Fixture) asked(metric string, selector labels.Selector) []Known {
	if component, isNamed := selector.RequiresExactMatch("component"); isNamed {
		return fixture[metric][component]
	}
	components := make([]string, 0, len(fixture[metric]))
	for component := range fixture[metric] {
		components = append(components, component)
	}
	sort.Strings(components)
	all := []Known{}
	for _, component := range components {
		all = append(all, fixture[metric][component]...)
	}
	return all
}

func read(file string) (fixture Fixture) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &fixture)
	}
	if err != nil {
		klog.Fatalf("the fixture cannot be read: %v", err)
	}
	return fixture
}

func main() {
	logs.InitLogs()
	defer logs.FlushLogs()
	adapter := &cmd.AdapterBase{Name: "go-reference"}
	file := adapter.Flags().String("fixture", "", "JSON file of the values that are served")
	logs.AddFlags(adapter.Flags())
	if err := adapter.Flags().Parse(os.Args); err != nil {
		klog.Fatalf("unable to parse flags: %v", err)
	}
	adapter.WithExternalMetrics(read(*file))
	if err := adapter.Run(context.Background()); err != nil {
		klog.Fatalf("it ended: %v", err)
	}
}

// Reads objects in YAML, says which fields Kubernetes does not know, and which pods its restricted Pod Security Standard
// would not admit: one line for each complaint, and exit code 1. Kubernetes' own types and its own rules do it.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// What others define; their fields are not judged here.
var foreign = map[string]bool{"GRPCRoute": true, "PodMonitor": true, "PrometheusRule": true}

const oldestMinor, newestMinor = 27, 34

type judge struct {
	decoder    runtime.Decoder
	evaluator  policy.Evaluator
	complaints int
}

func newJudge() (*judge, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{appsv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme,
		corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return nil, err
	}
	codecs := serializer.NewCodecFactory(scheme, serializer.EnableStrict)
	return &judge{decoder: codecs.UniversalDeserializer(), evaluator: evaluator}, nil
}

func (j *judge) complain(format string, values ...any) {
	j.complaints++
	fmt.Printf(format+"\n", values...)
}

func podOf(object runtime.Object) (*metav1.ObjectMeta, *corev1.PodSpec) {
	switch one := object.(type) {
	case *corev1.Pod:
		return &one.ObjectMeta, &one.Spec
	case *appsv1.Deployment:
		return &one.Spec.Template.ObjectMeta, &one.Spec.Template.Spec
	case *appsv1.StatefulSet:
		return &one.Spec.Template.ObjectMeta, &one.Spec.Template.Spec
	case *batchv1.Job:
		return &one.Spec.Template.ObjectMeta, &one.Spec.Template.Spec
	}
	return nil, nil
}

func (j *judge) judge(document []byte) {
	var what struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
	}
	if err := yaml.Unmarshal(document, &what); err != nil {
		j.complain("no YAML: %v", err)
		return
	}
	if what.Kind == "" || foreign[what.Kind] {
		return
	}
	object, _, err := j.decoder.Decode(document, nil, nil)
	if err != nil {
		j.complain("%s %s: %v", what.Kind, what.Name, err)
		return
	}
	meta, pod := podOf(object)
	if pod == nil {
		return
	}
	for minor := oldestMinor; minor <= newestMinor; minor++ {
		level := api.LevelVersion{Level: api.LevelRestricted, Version: api.MajorMinorVersion(1, minor)}
		result := policy.AggregateCheckResults(j.evaluator.EvaluatePod(level, meta, pod))
		if !result.Allowed {
			j.complain("%s %s on 1.%d: %s", what.Kind, what.Name, minor, result.ForbiddenDetail())
			return
		}
	}
}

func main() {
	j, err := newJudge()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	reader := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		j.judge(document)
	}
	if j.complaints > 0 {
		os.Exit(1)
	}
}

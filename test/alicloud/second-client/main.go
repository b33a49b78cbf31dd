// The second client: Alibaba Cloud's own SDK for Go makes the calls that the operator makes, and says what it
// understood. It shares no line with the SDK for TypeScript; where both agree on the emulator, the emulator speaks the
// wire format. Usage: second-client HOST:PORT, with the key in ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	ecs "github.com/alibabacloud-go/ecs-20140526/v7/client"
	"github.com/alibabacloud-go/tea/tea"
	vpc "github.com/alibabacloud-go/vpc-20160428/v6/client"
)

const (
	region    = "cn-hangzhou"
	vpcID     = "vpc-bp1good"
	group     = "sg-bp1good"
	table     = "vtb-bp1system"
	instances = `["i-bp1ecs1"]`
)

func main() {
	config := func() *openapi.Config {
		return &openapi.Config{
			AccessKeyId:     tea.String(os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID")),
			AccessKeySecret: tea.String(os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET")),
			Endpoint:        tea.String(os.Args[1]),
			Protocol:        tea.String("HTTP"),
			RegionId:        tea.String(region),
		}
	}
	vpcClient, err := vpc.NewClient(config())
	exitOn(err)
	ecsClient, err := ecs.NewClient(config())
	exitOn(err)

	answers := map[string]any{}
	for name, call := range calls(vpcClient, ecsClient) {
		body, err := call()
		answers[name] = body
		var problem *tea.SDKError
		if errors.As(err, &problem) {
			answers[name] = map[string]string{"Code": tea.StringValue(problem.Code)}
		} else if err != nil {
			answers[name] = map[string]string{"Error": err.Error()}
		}
	}
	exitOn(json.NewEncoder(os.Stdout).Encode(answers))
}

func calls(vpcClient *vpc.Client, ecsClient *ecs.Client) map[string]func() (any, error) {
	id := tea.String
	return map[string]func() (any, error){
		"DescribeVSwitches": func() (any, error) {
			answer, err := vpcClient.DescribeVSwitches(&vpc.DescribeVSwitchesRequest{RegionId: id(region), VpcId: id(vpcID), PageSize: tea.Int32(50)})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
		"DescribeVSwitches DryRun": func() (any, error) {
			answer, err := vpcClient.DescribeVSwitches(&vpc.DescribeVSwitchesRequest{RegionId: id(region), DryRun: tea.Bool(true)})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
		"DescribeVpcs": func() (any, error) {
			answer, err := vpcClient.DescribeVpcs(&vpc.DescribeVpcsRequest{RegionId: id(region), VpcId: id(vpcID)})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
		"DescribeRouteTableList": func() (any, error) {
			answer, err := vpcClient.DescribeRouteTableList(&vpc.DescribeRouteTableListRequest{RegionId: id(region), VpcId: id(vpcID)})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
		"DescribeRouteEntryList": func() (any, error) {
			answer, err := vpcClient.DescribeRouteEntryList(&vpc.DescribeRouteEntryListRequest{RegionId: id(region), RouteTableId: id(table)})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
		"DescribeSecurityGroups": func() (any, error) {
			answer, err := ecsClient.DescribeSecurityGroups(&ecs.DescribeSecurityGroupsRequest{RegionId: id(region), SecurityGroupIds: id(`["` + group + `"]`)})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
		"DescribeSecurityGroupAttribute": func() (any, error) {
			answer, err := ecsClient.DescribeSecurityGroupAttribute(&ecs.DescribeSecurityGroupAttributeRequest{RegionId: id(region), SecurityGroupId: id(group), Direction: id("all")})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
		"DescribeInstances": func() (any, error) {
			answer, err := ecsClient.DescribeInstances(&ecs.DescribeInstancesRequest{RegionId: id(region), InstanceIds: id(instances)})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
		"DescribeInstanceTypes": func() (any, error) {
			answer, err := ecsClient.DescribeInstanceTypes(&ecs.DescribeInstanceTypesRequest{InstanceTypes: []*string{id("ecs.g7.xlarge"), id("ecs.g6.16xlarge")}})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
		"DescribeNetworkInterfaces": func() (any, error) {
			answer, err := ecsClient.DescribeNetworkInterfaces(&ecs.DescribeNetworkInterfacesRequest{RegionId: id(region), VpcId: id(vpcID), MaxResults: tea.Int32(100)})
			return bodyOf(answer, err, func() any { return answer.Body })
		},
	}
}

func bodyOf[Answer any](_ Answer, err error, body func() any) (any, error) {
	if err != nil {
		return nil, err
	}
	return body(), nil
}

func exitOn(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

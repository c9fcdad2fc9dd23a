"""Operations that neither the generic store nor moto may answer.

The answers of some say what a service found, judged or measured. Nobody looked here, so an empty answer
would read as "nothing is wrong". Others change what is routed or allowed, as other operations here describe
it; kept in the generic store they would change nothing, and the caller would think that they had. An overlay
may answer one of them where it can be worked out; the rest is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

_SCAN = "nothing is scanned here, and an empty answer would read as nothing found"
_JUDGE = "an empty answer would read as a policy without faults"
_CONTROL = "the service's controls are not known here, and an empty answer would read as no failed control"
_RULE = "the rule is not evaluated here, and an empty answer would read as compliant"
_PATH = "an analysis of paths is not made here; `ringwork prove` answers such questions"
_QUERY = "the query is not run here, and an empty answer would read as no such event"
_RESOURCE = "the service's inventory is not kept here, and an empty answer would read as no such resource"
_TRAFFIC = "no traffic is seen here, and an empty answer would read as none"
_USAGE = "nothing is metered here, and an empty answer would read as no use"
_ADVICE = "nothing is assessed here, and an empty answer would read as nothing to improve"
_OBJECT = "large log objects are not kept here, and an empty answer would read as an empty one"
_INVESTIGATE = "nothing is investigated here, and an empty answer would read as no indicator"

_ROUTES = "routes that are described elsewhere would not show it"
_ALLOWS = "it decides who may do what, and no decision here would take it into account"

_REFUSED: tuple[tuple[str, str, str], ...] = (
    (
        "auditmanager",
        _ADVICE,
        """
        GetInsights GetInsightsByAssessment ListAssessmentControlInsightsByControlDomain
        ListControlDomainInsights ListControlDomainInsightsByAssessment
        ListControlInsightsByControlDomain
        """,
    ),
    (
        "backup",
        _SCAN,
        """
        DescribeScanJob GetPITRMalwareScanResults ListScanJobSummaries ListScanJobs
        """,
    ),
    (
        "compute-optimizer",
        _ADVICE,
        """
        GetAutoScalingGroupRecommendations GetEBSVolumeRecommendations
        GetEC2InstanceRecommendations GetECSServiceRecommendations GetIdleRecommendations
        GetLambdaFunctionRecommendations GetLicenseRecommendations
        GetRDSDatabaseRecommendations GetRecommendationSummaries
        """,
    ),
    (
        "ec2",
        _SCAN,
        """
        GetImageFindings GetIpamRouteProtectionFindings
        """,
    ),
    (
        "fms",
        _RULE,
        """
        GetComplianceDetail GetProtectionStatus GetViolationDetails ListComplianceStatus
        """,
    ),
    (
        "iam",
        _USAGE,
        """
        GetOrganizationsAccessReport
        """,
    ),
    (
        "inspector",
        _SCAN,
        """
        DescribeAssessmentRuns DescribeFindings GetAssessmentReport ListAssessmentRunAgents
        ListAssessmentRuns ListFindings
        """,
    ),
    (
        "kms",
        _USAGE,
        """
        GetKeyLastUsage
        """,
    ),
    (
        "logs",
        _SCAN,
        """
        ListAnomalies
        """,
    ),
    (
        "logs",
        _OBJECT,
        """
        GetLogObject
        """,
    ),
    (
        "network-firewall",
        _TRAFFIC,
        """
        GetAnalysisReportResults
        """,
    ),
    (
        "organizations",
        _RULE,
        """
        ListAccountsWithInvalidEffectivePolicy ListEffectivePolicyValidationErrors
        """,
    ),
    (
        "resiliencehub",
        _ADVICE,
        """
        DescribeAppAssessment ListAlarmRecommendations ListAppAssessmentComplianceDrifts
        ListAppAssessmentResourceDrifts ListAppComponentCompliances
        ListAppComponentRecommendations
        """,
    ),
    (
        "sagemaker",
        _SCAN,
        """
        ListMonitoringAlertHistory
        """,
    ),
    (
        "shield",
        _TRAFFIC,
        """
        DescribeAttack DescribeAttackStatistics ListAttacks
        """,
    ),
    (
        "ssm",
        _SCAN,
        """
        DescribeInstancePatchStates DescribeInstancePatchStatesForPatchGroup
        DescribeInstancePatches DescribePatchGroupState
        """,
    ),
    (
        "support",
        _ADVICE,
        """
        DescribeTrustedAdvisorCheckResult DescribeTrustedAdvisorCheckSummaries
        """,
    ),
    (
        "trustedadvisor",
        _ADVICE,
        """
        GetOrganizationRecommendation GetRecommendation ListChecks
        ListOrganizationRecommendationAccounts ListOrganizationRecommendationResources
        ListOrganizationRecommendations ListRecommendationResources ListRecommendations
        ListRecommendationsForResource
        """,
    ),
    (
        "accessanalyzer",
        _JUDGE,
        """
        CheckAccessNotGranted CheckNoNewAccess CheckNoPublicAccess ValidatePolicy
        CreateAccessPreview GetAccessPreview ListAccessPreviewFindings GetFinding GetFindingV2
        ListFindings ListFindingsV2 GetFindingsStatistics GetFindingRecommendation
        StartPolicyGeneration GetGeneratedPolicy GetAnalyzedResource ListAnalyzedResources
        """,
    ),
    (
        "cloudtrail",
        _QUERY,
        """
        StartQuery DescribeQuery GetQueryResults SearchSampleQueries ListInsightsData
        ListInsightsMetricData ListImportFailures
        """,
    ),
    (
        "config",
        _RULE,
        """
        DescribeComplianceByConfigRule DescribeComplianceByResource
        DescribeConfigRuleEvaluationStatus DescribeConformancePackCompliance
        GetComplianceDetailsByConfigRule GetComplianceDetailsByResource
        GetComplianceSummaryByConfigRule GetComplianceSummaryByResourceType
        GetConformancePackComplianceDetails GetConformancePackComplianceSummary
        ListConformancePackComplianceScores DescribeAggregateComplianceByConfigRules
        DescribeAggregateComplianceByConformancePacks GetAggregateComplianceDetailsByConfigRule
        GetAggregateConfigRuleComplianceSummary GetAggregateConformancePackComplianceSummary
        GetOrganizationConfigRuleDetailedStatus StartResourceEvaluation GetResourceEvaluationSummary
        ListResourceEvaluations DescribeRemediationExecutionStatus
        """,
    ),
    (
        "config",
        _RESOURCE,
        """
        SelectResourceConfig SelectAggregateResourceConfig GetDiscoveredResourceCounts
        GetAggregateDiscoveredResourceCounts GetAggregateResourceConfig
        """,
    ),
    (
        "detective",
        _INVESTIGATE,
        """
        GetInvestigation ListIndicators ListInvestigations
        """,
    ),
    (
        "ec2",
        _PATH,
        """
        StartNetworkInsightsAnalysis DescribeNetworkInsightsAnalyses DeleteNetworkInsightsAnalysis
        StartNetworkInsightsAccessScopeAnalysis DescribeNetworkInsightsAccessScopeAnalyses
        DeleteNetworkInsightsAccessScopeAnalysis GetNetworkInsightsAccessScopeAnalysisFindings
        """,
    ),
    (
        "ec2",
        _ROUTES,
        """
        CreateRouteServer ModifyRouteServer DeleteRouteServer AssociateRouteServer DisassociateRouteServer
        CreateRouteServerEndpoint DeleteRouteServerEndpoint CreateRouteServerPeer DeleteRouteServerPeer
        EnableRouteServerPropagation DisableRouteServerPropagation
        CreateTransitGatewayPrefixListReference ModifyTransitGatewayPrefixListReference
        DeleteTransitGatewayPrefixListReference CreateTransitGatewayConnect DeleteTransitGatewayConnect
        CreateTransitGatewayConnectPeer DeleteTransitGatewayConnectPeer
        CreateTransitGatewayPolicyTable DeleteTransitGatewayPolicyTable CreateTransitGatewayPolicyTableEntry
        ModifyTransitGatewayPolicyTableEntry DeleteTransitGatewayPolicyTableEntry
        AssociateTransitGatewayPolicyTable DisassociateTransitGatewayPolicyTable
        CreateTransitGatewayRouteTableAnnouncement DeleteTransitGatewayRouteTableAnnouncement
        CreateLocalGatewayRoute ModifyLocalGatewayRoute DeleteLocalGatewayRoute
        CreateLocalGatewayRouteTable DeleteLocalGatewayRouteTable
        CreateVpnConnectionRoute DeleteVpnConnectionRoute
        AssociateNatGatewayAddress DisassociateNatGatewayAddress
        """,
    ),
    (
        "ec2",
        _ALLOWS,
        """
        AssociateSecurityGroupVpc DisassociateSecurityGroupVpc CreateNetworkInterfacePermission
        DeleteNetworkInterfacePermission
        """,
    ),
    (
        "lambda",
        _ALLOWS,
        """
        PutResourcePolicy DeleteResourcePolicy
        """,
    ),
    (
        "organizations",
        _RESOURCE,
        """
        CreateGovCloudAccount
        """,
    ),
    (
        "s3",
        _ALLOWS,
        """
        PutBucketAbac
        """,
    ),
    (
        "s3control",
        _ALLOWS,
        """
        PutAccessPointScope DeleteAccessPointScope PutAccessPointPolicyForObjectLambda
        DeleteAccessPointPolicyForObjectLambda
        """,
    ),
    (
        "sagemaker",
        _ALLOWS,
        """
        PutEndpointPolicy DeleteEndpointPolicy
        """,
    ),
    (
        "guardduty",
        _SCAN,
        """
        GetCoverageStatistics ListCoverage StartMalwareScan SendObjectMalwareScan GetMalwareScan
        ListMalwareScans DescribeMalwareScans GetOrganizationStatistics
        """,
    ),
    (
        "guardduty",
        _USAGE,
        """
        GetUsageStatistics GetRemainingFreeTrialDays
        """,
    ),
    (
        "guardduty",
        _INVESTIGATE,
        """
        CreateInvestigation GetInvestigation ListInvestigations ListInvestigationRecords
        """,
    ),
    (
        "inspector2",
        _SCAN,
        """
        ListFindings ListFindingAggregations BatchGetFindingDetails BatchGetCodeSnippet ListCoverage
        ListCoverageStatistics CreateFindingsReport GetFindingsReportStatus CreateSbomExport
        GetSbomExport ListCisScans GetCisScanReport GetCisScanResultDetails
        ListCisScanResultsAggregatedByChecks ListCisScanResultsAggregatedByTargetResource
        GetClustersForImage StartCodeSecurityScan GetCodeSecurityScan StartOnDemandScan
        GetOnDemandScanStatus ListOnDemandScans SearchVulnerabilities
        """,
    ),
    (
        "inspector2",
        _USAGE,
        """
        ListUsageTotals BatchGetFreeTrialInfo
        """,
    ),
    (
        "macie2",
        _SCAN,
        """
        DescribeBuckets GetBucketStatistics SearchResources GetResourceProfile
        ListResourceProfileArtifacts ListResourceProfileDetections GetSensitiveDataOccurrences
        GetSensitiveDataOccurrencesAvailability
        """,
    ),
    (
        "macie2",
        _USAGE,
        """
        GetUsageStatistics GetUsageTotals
        """,
    ),
    (
        "securityhub",
        _CONTROL,
        """
        DescribeStandardsControls ListSecurityControlDefinitions GetSecurityControlDefinition
        BatchGetSecurityControls ListStandardsControlAssociations
        BatchGetStandardsControlAssociations
        """,
    ),
    (
        "securityhub",
        _SCAN,
        """
        GetInsightResults GetFindingHistory GetFindingsV2 GetFindingStatisticsV2 GetFindingsTrendsV2
        GetResourcesV2 GetResourcesStatisticsV2 GetResourcesTrendsV2 GetSoftwareV2
        GetSoftwareResourcesV2 GetSoftwareStatisticsV2 GetRemediationsV2
        ListExposuresByRemediationV2 GetRecommendedPolicyV2
        """,
    ),
    (
        "wafv2",
        _TRAFFIC,
        """
        GetSampledRequests GetRateBasedStatementManagedKeys GetTopPathStatisticsByTraffic
        GetRevenueStatistics GetRevenueStatisticsSummary GetRevenueStatisticsTimeSeries
        """,
    ),
)
"""service, reason, operations"""

REFUSED: Mapping[tuple[str, str], str] = {
    (service, operation): reason
    for service, reason, operations in _REFUSED
    for operation in operations.split()
}
"""(botocore's service name, operation) -> why"""

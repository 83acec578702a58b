using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Packaging;

/// <summary>The manifests for Kubernetes fit the schemas of its API, field by field, and each other.</summary>
public sealed class ManifestTests
{
    private static readonly string s_checker = Repository.PathOf("tests/SuperD.Tests/Packaging/manifests.cjs");

    private static readonly string[] s_manifests = Directory.GetFiles(Repository.PathOf("src/packaging/kubernetes"), "*.yaml");

    [SetUp]
    public void Need_the_schemas() => Needs.Success("node", "-e", "require('kubernetes-models')");

    [Test]
    public void The_manifests_fit_the_schemas() => Assert.That(MistakesOf(s_manifests), Is.Empty);

    [TestCase("runAsNonRoot:", "runAsNonroot:", "unknown field /spec/template/spec/securityContext/runAsNonroot")]
    [TestCase("containerPort: 9007", "containerPort: echo", "containers/0/ports/0/containerPort must be integer")]
    [TestCase("periodSeconds: 5", "periodSecond: 5", "unknown field /spec/template/spec/containers/0/readinessProbe/periodSecond")]
    public void A_mistake_in_a_manifest_is_found(string right, string wrong, string mistake)
    {
        using var directory = new TempDir();
        string deployment = File.ReadAllText(s_manifests.Single(path => path.EndsWith("deployment.yaml", StringComparison.Ordinal)));
        string path = directory.Write("deployment.yaml", deployment.Replace(right, wrong));

        Assert.That(MistakesOf(path), Does.Contain(mistake));
    }

    private static string MistakesOf(params string[] manifests) => Tool.Run("node", [s_checker, .. manifests]);
}

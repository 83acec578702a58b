using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Packaging;

/// <summary>A pod of the Deployment, from its start to its end.</summary>
[NonParallelizable] // a container's start and end take the machine's cgroups and mounts
public sealed partial class PodTests
{
    private const string Superd = "/usr/sbin/superd";

    private static readonly string s_deployment = File.ReadAllText(Repository.PathOf("src/packaging/kubernetes/deployment.yaml"));

    private static readonly string s_autoscaler = File.ReadAllText(Repository.PathOf("src/packaging/kubernetes/autoscaler.yaml"));

    [Test]
    public void A_pod_serves_without_a_privilege_takes_a_changed_ConfigMap_and_ends_in_order()
    {
        using var pod = new Pod();
        Dictionary<string, string[]> commands = Command().Matches(s_deployment)
            .ToDictionary(match => match.Groups["of"].Value, match => match.Groups["command"].Value.Split(", "));

        foreach (string probe in (string[])["startupProbe", "readinessProbe", "livenessProbe"])
        {
            Patience.Until(() => pod.Execute(commands[probe]).ExitCode == 0, probe);
        }

        string status = File.ReadAllText($"/proc/{pod.Pid}/status");
        Assert.That(status, Does.Match(@"Uid:(\t65532){4}").And.Match(@"Gid:(\t65532){4}").And.Contain("NoNewPrivs:\t1"));
        Assert.That(Regex.Matches(status, @"Cap(Inh|Prm|Eff|Bnd|Amb):\t0{16}\n"), Has.Count.EqualTo(5));
        Assert.That(Regex.Match(File.ReadAllText($"/proc/{pod.Pid}/mountinfo"), " / / ([^ ]*)").Groups[1].Value, Does.StartWith("ro"));
        Assert.That(AnswerOf(pod, 9007), Is.EqualTo("hello\n"));

        string[] asked = [.. Gauge().Matches(s_autoscaler).Select(match => match.Groups["name"].Value).Distinct()];
        Assert.That(asked, Is.Not.Empty);
        string metrics = pod.Execute(Superd, "metrics").StandardOutput;
        Assert.That(asked, Has.All.Matches<string>(name => metrics.Contains($"\n{name}{{service=\"echo\"}} ")), metrics);

        pod.Configure("superd-services", "second.toml", "listen = 9008\nbuiltin = \"echo\"\n");
        ProgramResult reload = pod.Execute(Superd, "reload");
        Assert.That(reload.StandardOutput, Does.Contain("1 added"), reload.StandardError);
        Assert.That(AnswerOf(pod, 9008), Is.EqualTo("hello\n"));

        Assert.That(pod.Execute(commands["preStop"]), Has.Property("ExitCode").Zero);
        Assert.That(pod.Execute(commands["readinessProbe"]).ExitCode, Is.EqualTo(1));
        Assert.That(pod.Execute(commands["livenessProbe"]).ExitCode, Is.Zero);
        Assert.That(pod.Stop(), Is.Zero);
    }

    [Test]
    public void Without_a_directory_for_the_console_superd_serves_and_says_once_why_every_probe_fails()
    {
        using var pod = new Pod(text => text.Replace("            - { name: run, mountPath: /run/superd }\n", ""));
        Patience.Until(() => pod.Log.Any(line => line.Contains("\"ready\"")), "superd is ready");

        Assert.That(AnswerOf(pod, 9007), Is.EqualTo("hello\n"));
        Assert.That(pod.Execute(Superd, "status").ExitCode, Is.EqualTo(69));
        string[] warnings = [.. pod.Log.Where(line => line.Contains("console_failed"))];
        Assert.That(warnings, Has.Length.EqualTo(1));
        Assert.That(warnings[0], Does.Contain("Read-only file system").And.Contain("so do probes that run them"));
    }

    private static string AnswerOf(Pod pod, int port) =>
        pod.Execute(Superd, "connect", $"127.0.0.1:{port}", "--send", "hello").StandardOutput;

    /// <summary>The commands of probes and hooks.</summary>
    [GeneratedRegex(@"(?<of>\w+(Probe|Stop)):\n +exec: \{ command: \[(?<command>[^\]]*)\] \}")]
    private static partial Regex Command();

    /// <summary>The gauges of superd in the rule for the Prometheus adapter.</summary>
    [GeneratedRegex(@"(?<name>superd_\w+)\{")]
    private static partial Regex Gauge();
}

using System.Globalization;
using SuperD.Tests.Support;

namespace SuperD.Tests.Packaging;

/// <summary>The image and the Deployment, run by podman as a kubelet runs them; gone at Dispose.</summary>
/// <remarks>
/// podman keeps everything below a directory of the test. The pod has no network but its own loopback, so the test talks with superd by
/// the client in the image. Probes and hooks are the test's to run: this podman hands them to systemd, and to a shell.
/// </remarks>
internal sealed class Pod : IDisposable
{
    private const string Container = "superd-pod-0-superd";

    /// <summary>Gives a container no resource limits: root may lack CAP_SYS_RESOURCE, and superd needs none.</summary>
    private const string Runtime = """
        #!/bin/sh
        previous=
        for word in "$@"; do
            case $previous in
                --bundle | -b) sed -i 's/"rlimits":\[[^]]*\]/"rlimits":[]/' "$word/config.json" ;;
                --process | -p) sed -i 's/"rlimits":\[[^]]*\]/"rlimits":[]/' "$word" ;;
            esac
            previous=$word
        done
        exec runc "$@"
        """;

    private readonly TempDir _directory = new();
    private readonly string _manifest;

    /// <summary>Builds the image and starts the pod.</summary>
    /// <param name="change">Changes the Deployment before.</param>
    public Pod(Func<string, string>? change = null)
    {
        Needs.Root();
        Needs.Program("runc");
        string superd = Needs.NativeSuperd();
        string deployment = File.ReadAllText(Repository.PathOf("src/packaging/kubernetes/deployment.yaml"));
        string config = File.ReadAllText(Repository.PathOf("src/packaging/kubernetes/config.yaml"));
        // Named ports are for a bridge, which the pod has none of.
        string alone = string.Concat(deployment.Split('\n').Where(line => !IsPort(line)).Select(line => line + "\n"));
        _manifest = _directory.Write("pod.yaml", $"{config}---\n{(change ?? (text => text))(alone)}");
        _directory.Write("runtime", Runtime, "755");
        try
        {
            var build = new PreparedTool(Repository.PathOf("src/packaging/build-image"))
            {
                Environment = { ["SUPERD_NATIVE"] = superd },
            };
            build.Run("/", [Needs.Program("podman"), .. Options]);
            Podman("kube", "play", "--network", "none", _manifest);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The process of superd, as the machine sees it.</summary>
    public int Pid => int.Parse(Podman("inspect", "-f", "{{.State.Pid}}", Container), CultureInfo.InvariantCulture);

    /// <summary>The lines that superd has logged.</summary>
    public string[] Log => Run("logs", Container).StandardError.Split('\n');

    private string[] Options =>
    [
        "--root", _directory["root"], "--runroot", _directory["run"], "--tmpdir", _directory["tmp"], "--storage-driver", "overlay",
        "--cgroup-manager", "cgroupfs", "--runtime", _directory["runtime"],
    ];

    /// <summary>Runs a command in the container, as a probe does.</summary>
    public ProgramResult Execute(params string[] command) => Run(["exec", Container, .. command]);

    /// <summary>Writes a file of a ConfigMap, where the kubelet would.</summary>
    public void Configure(string configMap, string name, string content) =>
        File.WriteAllText(Path.Combine(Podman("volume", "inspect", "-f", "{{.Mountpoint}}", configMap), name), content);

    /// <summary>Sends TERM, and returns the exit code of superd.</summary>
    public int Stop()
    {
        const string GracePeriod = "120";
        Podman("stop", "--time", GracePeriod, Container);
        return int.Parse(Podman("inspect", "-f", "{{.State.ExitCode}}", Container), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        Run("kube", "down", _manifest);
        foreach (string hierarchy in Directory.GetDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup"))
        {
            RemoveCgroup(Path.Combine(hierarchy, "libpod_parent"));
        }

        _directory.Dispose();
    }

    /// <summary>podman leaves the groups of a pod behind.</summary>
    private static void RemoveCgroup(string path)
    {
        if (Directory.Exists(path))
        {
            Array.ForEach(Directory.GetDirectories(path), RemoveCgroup);
            Directory.Delete(path);
        }
    }

    private static bool IsPort(string line) => line == "          ports:" || line.Contains("containerPort:");

    private string Podman(params string[] arguments) => Tool.Run("podman", [.. Options, .. arguments]);

    private ProgramResult Run(params string[] arguments) => RunningProgram.RunToEnd("podman", [.. Options, .. arguments]);
}

using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Cluster;

/// <summary>A machine of the cluster: a network namespace whose one interface is plugged into the bridge.</summary>
/// <remarks>A process holds the namespace, so that it ends with the rig, and with it the interface on both sides.</remarks>
internal sealed partial class Host : IDisposable
{
    /// <summary>The addresses of all machines, and of the rig itself.</summary>
    public const string Network = Prefix + "0/24";

    private const string Bridge = "lan", Prefix = "10.77.0.";

    private readonly RunningProgram _holder;

    /// <summary>Needs <see cref="MakeBridge"/> first.</summary>
    /// <param name="number">The last byte of its address.</param>
    public Host(string name, int number)
    {
        Name = name;
        Address = IPAddress.Parse(Prefix + number);
        _holder = Tools.Start("unshare", "--net", "sh", "-c", "echo; exec sleep infinity");
        try
        {
            _ = _holder.Output.ReadLine() ?? throw new BenchException($"no network namespace: {_holder.Errors.Text}");
            Run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", $"{_holder.Pid}");
            Run("ip", "link", "set", name, "master", Bridge, "up");
            Run([.. Enter, "ip", "addr", "add", $"{Address}/24", "dev", "eth0"]);
            Run([.. Enter, "ip", "link", "set", "eth0", "up"]);
            Run([.. Enter, "ip", "link", "set", "lo", "up"]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name { get; }

    public IPAddress Address { get; }

    /// <summary>What stands before a command line to run it on this machine. Mounts, /sys and so cgroups remain those of the rig.</summary>
    public string[] Enter => ["/usr/bin/nsenter", Option];

    private string Namespace => $"/proc/{_holder.Pid}/ns/net";

    private string Option => $"--net={Namespace}";

    /// <summary>Makes the bridge, where the rig itself has an address too.</summary>
    public static void MakeBridge()
    {
        Run("ip", "link", "add", Bridge, "type", "bridge");
        Run("ip", "addr", "add", $"{Prefix}1/24", "dev", Bridge);
        Run("ip", "link", "set", Bridge, "up");
    }

    public static void RemoveBridge() => Run("ip", "link", "del", Bridge);

    /// <summary>Moves the calling thread to this machine: the sockets that it makes from now on are there.</summary>
    public void Join()
    {
        const int networkNamespace = 0x4000_0000; // CLONE_NEWNET
        using SafeFileHandle handle = File.OpenHandle(Namespace);
        if (SetNamespace(handle, networkNamespace) != 0)
        {
            throw new BenchException($"setns: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    /// <summary>Pulls the plug on the bridge's side. The machine sees no carrier, and keeps its address and its connections.</summary>
    public void Cut() => Run("ip", "link", "set", Name, "down");

    public void Mend() => Run("ip", "link", "set", Name, "up");

    public void Dispose() => _holder.Dispose();

    private static void Run(params string[] line)
    {
        ProgramResult result = RunningProgram.RunToEnd(line[0], line[1..]);
        if (result.ExitCode != 0)
        {
            throw new BenchException($"{string.Join(' ', line)}: {result.StandardError.TrimEnd()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle descriptor, int type);
}

namespace SuperD.Tests.Support;

/// <summary>A superd that can open nothing, until this is disposed.</summary>
internal sealed class DescriptorShortage : IDisposable
{
    /// <summary>Fewer than any superd has.</summary>
    private const string Few = "10";

    private readonly int _pid;
    private readonly string _before;
    private readonly string _hard;

    public DescriptorShortage(Daemon daemon)
    {
        _pid = daemon.Pid;
        (_before, _hard) = ProcFs.Limit(_pid, "Max open files");
        Set(Few);
    }

    public void Dispose() => Set(_before);

    /// <summary>As superd's user: root may change another's limits only with CAP_SYS_RESOURCE, which a machine may not give it.</summary>
    private void Set(string soft)
    {
        string user = ProcFs.Status(_pid, "Uid").Split('\t')[0];
        string group = ProcFs.Status(_pid, "Gid").Split('\t')[0];
        string[] asUser = user == "0" ? [] : [Needs.Program("setpriv"), $"--reuid={user}", $"--regid={group}", "--clear-groups"];
        string[] command = [.. asUser, Needs.Program("prlimit"), $"--pid={_pid}", $"--nofile={soft}:{_hard}"];
        Tool.Run(command[0], command[1..]);
    }
}

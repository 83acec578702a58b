namespace SuperD.Benchmarks.Subjects;

/// <summary>All subjects, superd first.</summary>
internal sealed class SubjectList
{
    private const string Publish = "dotnet publish src/SuperD -c Release -r linux-x64 -p:PublishAot=true";

    private readonly string[] _folders;
    private readonly Subject[] _all;

    public SubjectList(Options options)
    {
        // The sbin folders come last; an ordinary user's PATH has none of them.
        _folders =
        [
            .. options.PeerFolders, .. Environment.GetEnvironmentVariable("PATH")?.Split(':') ?? [], "/usr/sbin", "/usr/local/sbin"
        ];
        DirectoryInfo own = new(AppContext.BaseDirectory); // .artifacts/bin/PROJECT/CONFIGURATION
        string bin = own.Parent!.Parent!.FullName; // see the layout above
        string root = Path.GetFullPath("../..", bin);
        string jit = Path.Combine(bin, "SuperD", own.Name, "superd");
        Native = new SuperdSubject("superd (native)", options.FindNative(root), Publish);
        Jit = new SuperdSubject("superd (JIT)", File.Exists(jit) ? jit : null, "dotnet build -c Release");
        _all =
        [
            Native,
            Jit,
            new XinetdSubject(Find("xinetd")),
            new OpenBsdInetdSubject(Find("inetd")),
            new TcpserverSubject(Find("tcpserver"), Find("tcprules"), Find("bwrap")),
            new TcpsvdSubject(Find("tcpsvd")),
            new SocatSubject(Find("socat")),
            new SocketActivateSubject(Find("systemd-socket-activate")),
            new HaproxySubject(Find("haproxy")),
        ];
    }

    public SuperdSubject Native { get; }

    public SuperdSubject Jit { get; }

    /// <summary>The superd that the peers are compared with: the native build if there is one.</summary>
    public SuperdSubject Reference => Native.IsInstalled ? Native : Jit;

    /// <summary>The installed builds of superd.</summary>
    public IEnumerable<SuperdSubject> Superds => _all.OfType<SuperdSubject>().Where(subject => subject.IsInstalled);

    /// <summary>Subjects that are not installed.</summary>
    public IEnumerable<Subject> Missing => _all.Where(subject => !subject.IsInstalled);

    /// <summary>Installed subjects that support the order.</summary>
    public Subject[] ThatCan(ServerOrder order) =>
        [.. _all.Where(subject => subject.IsInstalled && subject.Can(order) && (!order.Jails || subject.MakesJails))];

    private string? Find(string program) => _folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}

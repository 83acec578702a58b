using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A directory in which nothing can be looked up until this is disposed, as on a file server that does not respond.</summary>
/// <remarks>A FUSE file system whose server answers nothing; when the server ends, the lookups that wait fail with ENOTCONN.</remarks>
internal sealed class HungDirectory : IDisposable
{
    private const string Server = """
        import ctypes, os, sys
        fuse = os.open("/dev/fuse", os.O_RDWR)
        libc = ctypes.CDLL(None, use_errno=True)
        options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0".encode()
        failed = libc.mount(b"hung", sys.argv[1].encode(), b"fuse", 0, options)
        print(os.strerror(ctypes.get_errno()) if failed else "mounted", flush=True)
        sys.stdin.read()
        """;

    private readonly string _path;
    private readonly RunningProgram _server;

    /// <param name="path">An existing directory, which is covered.</param>
    public HungDirectory(string path)
    {
        Needs.Root();
        Needs.File("/dev/fuse");
        Needs.Success("unshare", "--mount", "true"); // the right to mount
        _path = path;
        _server = new RunningProgram(Needs.Program("python3"), ["-c", Server, path], "/");
        Assert.That(_server.Output.ReadLine(), Is.EqualTo("mounted"));
    }

    public void Dispose()
    {
        _server.Kill();
        _server.WaitForEnd();
        _server.Dispose();
        Tool.Run("umount", "--lazy", _path);
    }
}

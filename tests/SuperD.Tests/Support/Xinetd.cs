using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A real xinetd in the foreground with the test's own configuration; <see cref="Dispose"/> ends it.</summary>
internal sealed class Xinetd : IDisposable
{
    private readonly RunningProgram _xinetd;

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="configuration">The path of its xinetd.conf.</param>
    /// <param name="directory">The directory for its log and its pid file.</param>
    public Xinetd(string configuration, TempDir directory)
    {
        string log = directory["xinetd.log"];
        File.Delete(log); // left by an earlier one

        // The environment that systemd would give it; xinetd passes all of it on to its programs.
        _xinetd = new RunningProgram(
            Needs.Program("env"),
            ["-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", Needs.Program("xinetd"), "-dontfork",
                "-f", configuration, "-filelog", log, "-pidfile", directory["xinetd.pid"]]);
        string Log() => File.Exists(log) ? File.ReadAllText(log) : "";
        try
        {
            Patience.Until(() => _xinetd.HasEnded || Log().Contains("Started working: "), "xinetd listens");
            Patience.Until(() => _xinetd.HasEnded || Log().EndsWith('\n'), "xinetd has written its line");
            Assert.That(Log(), Does.Contain("Started working: 1 available service"));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose() => _xinetd.Dispose();
}

using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>A user that disappears while superd runs.</summary>
public sealed class UserWatchTests
{
    private const string User = "superd-test-gone";

    [Test]
    [NonParallelizable]
    public void A_handler_is_not_launched_for_a_user_who_has_gone()
    {
        Needs.Root();
        Needs.Program("useradd");
        Tool.Run("useradd", "--no-create-home", "--uid", "47117", User);
        try
        {
            using Daemon daemon = Daemon.Start(
                ("id", $"listen = '127.0.0.1:0'\nuser = '{User}'\ninstances = 1\n" + TomlText.ExecShell("id -u")));
            using Client before = daemon.Connect("id");
            Assert.That(before.ReadToEnd(), Is.EqualTo("47117\n"));
            daemon.WaitFor("end", "id");

            Tool.Run("userdel", User);
            using Client after = daemon.Connect("id");

            Assert.That(after.IsClosedWithoutReply(), Is.True);
            LogLine refusal = daemon.WaitFor("launch_failed", "id");
            Assert.That(refusal["reason"], Is.EqualTo("launch"));
            Assert.That(refusal["step"], Is.EqualTo("user"));
            Assert.That(refusal["error"], Does.Contain($"'{User}' has gone"));

            Tool.Run("useradd", "--no-create-home", "--uid", "47117", User);
            using Client again = daemon.Connect("id");
            Assert.That(again.ReadToEnd(), Is.EqualTo("47117\n"));
        }
        finally
        {
            Tool.Succeeds("userdel", User);
        }
    }
}

using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>Makes sure that a handler never runs under the number of a user who has gone or whose number is somebody else's now. Loop only.</summary>
/// <remarks>
/// Names are looked up again when /etc/passwd has changed, which is looked for once a millisecond at most. What changes in a directory service
/// (LDAP) is only noticed with it, or at the next reading of the configuration. A lookup may take its time, so it is made beside the loop.
/// </remarks>
/// <param name="answered">Told when something is known that was not before.</param>
internal sealed class UserWatch(EventLoop loop, Action answered)
{
    private const string Passwd = "/etc/passwd";

    private readonly Dictionary<string, Answer> _answers = new(StringComparer.Ordinal);
    private readonly FileStamp _atStart = FileStamp.Of(Passwd);
    private FileStamp _now;
    private long _lookedMs = -1;

    /// <summary>Whether the user written in the configuration is still the one that was found then; null: that is being found out.</summary>
    public bool? IsAsConfigured(ProcessDefinition process)
    {
        if (process.UserName is not { } name || process.Credentials is not { } credentials)
        {
            return true;
        }

        if (_lookedMs != loop.NowMs)
        {
            _lookedMs = loop.NowMs;
            _now = FileStamp.Of(Passwd);
        }

        if (_now == _atStart)
        {
            return true;
        }

        if (!_answers.TryGetValue(name, out Answer answer) || answer.Stamp != _now)
        {
            _answers[name] = new Answer(_now, IsThere: false, null, 0);
            Ask(name, _now);
            return null;
        }

        if (answer is { User: null, Errno: not 0 })
        {
            // The question could not be answered: no reason to refuse, and asked again the next time.
            _answers.Remove(name);
            return true;
        }

        return answer.IsThere ? answer.User?.UserId == credentials.UserId : null;
    }

    private void Ask(string name, FileStamp stamp) => BesideLoop.Run("look up a user", () =>
    {
        User? user = UserDatabase.FindUser(name, out int errno);
        loop.Post(() =>
        {
            _answers[name] = new Answer(stamp, IsThere: true, user, errno);
            answered();
        });
    });

    /// <summary>What is known of a name.</summary>
    /// <param name="Stamp">Of the file it was asked for.</param>
    /// <param name="IsThere">Whether the answer has come.</param>
    /// <param name="User">Null: there is none, or it could not be found out.</param>
    /// <param name="Errno">Why it could not be found out; 0 when it was.</param>
    private readonly record struct Answer(FileStamp Stamp, bool IsThere, User? User, int Errno);
}

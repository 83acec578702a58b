using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>
/// Keeps a handler from running under the uid of a user that was deleted, or whose uid now belongs to somebody else. Loop only.
/// </summary>
/// <remarks>
/// Names are looked up again after /etc/passwd has changed, which is checked at most once a millisecond. A change in a directory service
/// (LDAP) is noticed only along with that, or when the configuration is read again. A lookup may block, so it runs beside the loop.
/// </remarks>
/// <param name="answered">Called when a lookup has completed.</param>
internal sealed class UserWatch(EventLoop loop, Action answered)
{
    private const string Passwd = "/etc/passwd";

    private readonly Dictionary<string, Answer> _answers = new(StringComparer.Ordinal);
    private readonly FileStamp _atStart = FileStamp.Of(Passwd);
    private FileStamp _now;
    private long _lookedMs = -1;

    /// <summary>Whether the configured user is still the one found then; null while that is being looked up.</summary>
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
            // The lookup failed. That is no reason to refuse; the next launch asks again.
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
    /// <param name="Stamp">The state of /etc/passwd when the lookup began.</param>
    /// <param name="IsThere">Whether the lookup has completed.</param>
    /// <param name="User">Null if there is no such user, or the lookup failed.</param>
    /// <param name="Errno">Why the lookup failed; 0 if it did not.</param>
    private readonly record struct Answer(FileStamp Stamp, bool IsThere, User? User, int Errno);
}

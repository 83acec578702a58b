using System.Collections.Concurrent;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>Makes sure that a handler never runs under the number of a user who has gone or whose number is somebody else's now.</summary>
/// <remarks>
/// Names are looked up again when /etc/passwd has changed, which costs a launch one stat(2) otherwise. What changes in a directory service
/// (LDAP) is only noticed with it, or at the next reading of the configuration. Launcher threads: a lookup may block.
/// </remarks>
internal sealed class UserWatch
{
    private const string Passwd = "/etc/passwd";

    private readonly ConcurrentDictionary<string, (FileStamp Stamp, User? User)> _users = new(StringComparer.Ordinal);
    private readonly FileStamp _atStart = FileStamp.Of(Passwd);

    /// <summary>True when the user written in the configuration is still the one that was found then.</summary>
    public bool IsAsConfigured(ProcessDefinition process)
    {
        if (process.UserName is not { } name || process.Credentials is not { } credentials)
        {
            return true;
        }

        FileStamp now = FileStamp.Of(Passwd);
        if (now == _atStart)
        {
            return true;
        }

        if (!_users.TryGetValue(name, out (FileStamp Stamp, User? User) known) || known.Stamp != now)
        {
            User? user = UserDatabase.FindUser(name, out int errno);
            if (user is null && errno != 0)
            {
                // The question could not be answered: no reason to refuse, and asked again the next time.
                return true;
            }

            known = (now, user);
            _users[name] = known;
        }

        return known.User?.UserId == credentials.UserId;
    }
}

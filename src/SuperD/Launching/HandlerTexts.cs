using System.Globalization;
using System.Text;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>The variables and arguments with placeholders, which differ from connection to connection.</summary>
internal static class HandlerTexts
{
    /// <summary>How many arguments of a service are the same at every launch: those before the first placeholder.</summary>
    public static int CountFixed(ServiceDefinition definition)
    {
        int count = 0;
        while (count < definition.Arguments.Length && !LaunchText.IsPartial(definition.Arguments[count]))
        {
            count++;
        }

        return count;
    }

    /// <summary>Adds to a launch what its plan lacks.</summary>
    public static void Write(Launch launch, Connection connection)
    {
        ServiceDefinition definition = connection.Definition;
        foreach ((string name, string value) in definition.Process.Environment)
        {
            if (LaunchText.IsPartial(value))
            {
                launch.Environment.Add($"{name}={Fill(value, connection)}");
            }
        }

        for (int i = CountFixed(definition); i < definition.Arguments.Length; i++)
        {
            launch.Arguments.Add(Fill(definition.Arguments[i], connection));
        }
    }

    /// <summary>Replaces the placeholders, once: a value that looks like one stays.</summary>
    private static string Fill(string text, Connection connection)
    {
        var filled = new StringBuilder();
        int at = 0;
        while (LaunchText.TryFind(text, at, out int start, out int end, out LaunchPlaceholder placeholder))
        {
            filled.Append(text, at, start - at).Append(ValueOf(placeholder, connection));
            at = end;
        }

        return filled.Append(text, at, text.Length - at).ToString();
    }

    private static string ValueOf(LaunchPlaceholder placeholder, Connection connection)
    {
        Peer peer = connection.Peer;
        string? unixName = connection.Listener.UnixName;
        return placeholder switch
        {
            LaunchPlaceholder.PeerAddress => peer.Kind switch
            {
                PeerKind.Inet => peer.EndPoint.ToIPAddress().ToString(),
                PeerKind.Unix => $"uid:{peer.Credentials.UserId}",
                _ => string.Empty,
            },
            LaunchPlaceholder.PeerPort => peer.Kind == PeerKind.Inet ? Text(peer.EndPoint.Port) : string.Empty,
            LaunchPlaceholder.LocalAddress => unixName ?? connection.Local.ToIPAddress().ToString(),
            LaunchPlaceholder.LocalPort => unixName is null ? Text(connection.Local.Port) : string.Empty,
            LaunchPlaceholder.Service => connection.Service.Name,
            LaunchPlaceholder.Connection => Text(connection.Id),
            _ => throw new ArgumentOutOfRangeException(nameof(placeholder), placeholder, null),
        };
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

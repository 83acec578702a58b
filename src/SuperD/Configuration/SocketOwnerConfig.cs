namespace SuperD.Configuration;

/// <summary>Key <c>socket_owner</c> as written; at least one of the two is set.</summary>
internal sealed record SocketOwnerConfig(Principal? User, Principal? Group);

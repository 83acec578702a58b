namespace SuperD.Cli;

/// <summary>What the screen of <c>superd top</c> shows.</summary>
internal enum TopPage
{
    /// <summary>The live connections.</summary>
    Connections,

    /// <summary>The services with their states and first problems.</summary>
    Services,

    /// <summary>The refusals of the last hour.</summary>
    Refusals,

    /// <summary>The log as it comes.</summary>
    Log,
}

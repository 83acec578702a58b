namespace SuperD.Importing.Xinetd;

/// <summary>What serves the clients of a service.</summary>
internal enum XinetdKind
{
    /// <summary>A program (<c>server</c>).</summary>
    Program,

    /// <summary>xinetd itself (<c>type = INTERNAL</c>).</summary>
    Builtin,

    /// <summary>Another host (<c>redirect</c>).</summary>
    Redirect,

    /// <summary>Nothing: a client is locked out (<c>flags = SENSOR</c>).</summary>
    Sensor,
}

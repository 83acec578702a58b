using SuperD.Services;

namespace SuperD.Admission;

/// <summary>The checks a connection passes before anything is launched for it, in this order:</summary>
/// <remarks>
/// <list type="number">
/// <item><see cref="Refusal.Instances"/>: the service has a free instance (<c>instances</c>).</item>
/// </list>
/// A check costs no system call and no process, so refusing is always cheaper than asking.
/// </remarks>
internal static class AccessControl
{
    /// <summary>The first check the connection fails; <see cref="Refusal.None"/> admits it. Loop only.</summary>
    public static Refusal Check(Service service) => service.IsFull ? Refusal.Instances : Refusal.None;
}

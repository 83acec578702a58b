using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story about those who wait for a place: in the kernel's queue, or, once accepted, with superd.</summary>
internal sealed partial class SuperServer
{
    private readonly HashSet<Service> _queueing = [];
    private readonly Latecomers _latecomers = new();
    private bool _isCrowded;

    /// <summary>While superd has all the handlers it may, the clients of services that promise a queue wait in it.</summary>
    private void HoldOrResumeQueues()
    {
        if (_access.IsCrowded == _isCrowded)
        {
            return;
        }

        _isCrowded = !_isCrowded;
        foreach (Service service in _queueing)
        {
            if (_isCrowded)
            {
                _listeners.Pause(service, PauseReasons.Crowded);
            }
            else
            {
                _listeners.Resume(service, PauseReasons.Crowded);
            }
        }
    }

    /// <summary>A place of the service is free: for those who wait with superd, then for those in the backlog.</summary>
    private void ResumeService(Service service)
    {
        if (_latecomers.HasAny(service))
        {
            // In the loop's next round: a row of connections that end as soon as they are served would be a tower of calls.
            _loop.Post(() => AdmitLatecomers(service));
        }
        else if (!service.IsFull)
        {
            _listeners.Resume(service, PauseReasons.Busy);
        }
    }

    private void AdmitLatecomers(Service service)
    {
        while (!service.IsFull && _latecomers.TryTake(service, out Connection? next))
        {
            Admit(next);
        }

        if (!service.IsFull)
        {
            _listeners.Resume(service, PauseReasons.Busy);
        }
    }

    /// <summary>superd ends: who waits for a place with it gets none any more.</summary>
    private void RefuseLatecomers()
    {
        foreach (Connection connection in _latecomers.TakeAll())
        {
            Refuse(connection, new Verdict(Refusal.Instances, connection.Service.Occupancy, TimeSpan.Zero));
        }
    }
}

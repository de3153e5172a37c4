#include "exports/detail/otf2_event_writer.hpp"

#include <string>

#include "storage/column.hpp"

namespace foundation::exports::detail {

static_assert(static_cast<int>(CollectiveFunction::barrier) == OTF2_COLLECTIVE_OP_BARRIER &&
              static_cast<int>(CollectiveFunction::all_reduce) == OTF2_COLLECTIVE_OP_ALLREDUCE &&
              static_cast<int>(CollectiveFunction::reduce_scatter_block) ==
                  OTF2_COLLECTIVE_OP_REDUCE_SCATTER_BLOCK);
static_assert(static_cast<std::uint32_t>(no_root) == OTF2_COLLECTIVE_ROOT_NONE);

Otf2EventWriter::Otf2EventWriter(const Otf2Archive& archive, const analysis::TraceSet& traces,
                                 Otf2References& references, OTF2_LocationRef location)
    : archive_{archive},
      traces_{traces},
      references_{references},
      writer_{archive.check(OTF2_Archive_GetEvtWriter(archive.get(), location))},
      attributes_{archive.check(OTF2_AttributeList_New())} {}

std::uint64_t Otf2EventWriter::close() {
  std::uint64_t events = 0;
  archive_.check(OTF2_EvtWriter_GetNumberOfEvents(writer_, &events));
  archive_.check(OTF2_Archive_CloseEvtWriter(archive_.get(), writer_));
  return events;
}

void Otf2EventWriter::write(const Record& it) {
  switch (it.kind) {
    case RecordKind::enter:
    case RecordKind::leave:
    case RecordKind::leave_at_end: return archive_.check(write_call(it));
    case RecordKind::send:
    case RecordKind::receive:
    case RecordKind::start_send:
    case RecordKind::end_send:
    case RecordKind::start_receive:
    case RecordKind::end_receive:
    case RecordKind::cancel: return archive_.check(write_message(it));
    case RecordKind::begin_collective:
    case RecordKind::end_collective:
    case RecordKind::start_collective:
    case RecordKind::complete_collective: return archive_.check(write_collective(it));
    case RecordKind::counter:
    case RecordKind::mark: return archive_.check(write_point(it));
  }
}

OTF2_ErrorCode Otf2EventWriter::write_call(const Record& it) {
  const OTF2_RegionRef region = references_.regions(it.region);
  const OTF2_TimeStamp at = otf2_time(it.at);
  if (it.kind == RecordKind::enter) return OTF2_EvtWriter_Enter(writer_, nullptr, at, region);
  if (it.kind == RecordKind::leave) return OTF2_EvtWriter_Leave(writer_, nullptr, at, region);
  archive_.check(OTF2_AttributeList_AddUint8(attributes_.get(), Otf2References::unfinished, 1));
  return OTF2_EvtWriter_Leave(writer_, attributes_.get(), at, region);
}

OTF2_ErrorCode Otf2EventWriter::write_message(const Record& it) {
  const OTF2_TimeStamp at = otf2_time(it.at);
  const OTF2_CommRef communicator = otf2_communicator(it.communicator);
  const auto peer = static_cast<std::uint32_t>(it.peer);
  const auto tag = static_cast<std::uint32_t>(it.tag);
  switch (it.kind) {
    case RecordKind::send:
      return OTF2_EvtWriter_MpiSend(writer_, nullptr, at, peer, communicator, tag, it.bytes);
    case RecordKind::receive:
      return OTF2_EvtWriter_MpiRecv(writer_, nullptr, at, peer, communicator, tag, it.bytes);
    case RecordKind::start_send:
      return OTF2_EvtWriter_MpiIsend(writer_, nullptr, at, peer, communicator, tag, it.bytes,
                                     it.request);
    case RecordKind::end_send:
      return OTF2_EvtWriter_MpiIsendComplete(writer_, nullptr, at, it.request);
    case RecordKind::start_receive:
      return OTF2_EvtWriter_MpiIrecvRequest(writer_, nullptr, at, it.request);
    case RecordKind::end_receive:
      return OTF2_EvtWriter_MpiIrecv(writer_, nullptr, at, peer, communicator, tag, it.bytes,
                                     it.request);
    default: return OTF2_EvtWriter_MpiRequestCancelled(writer_, nullptr, at, it.request);
  }
}

OTF2_ErrorCode Otf2EventWriter::write_collective(const Record& it) {
  const OTF2_TimeStamp at = otf2_time(it.at);
  const auto function = static_cast<OTF2_CollectiveOp>(it.function);
  const OTF2_CommRef communicator = otf2_communicator(it.communicator);
  const auto root = static_cast<std::uint32_t>(it.peer);
  switch (it.kind) {
    case RecordKind::begin_collective:
      return OTF2_EvtWriter_MpiCollectiveBegin(writer_, nullptr, at);
    case RecordKind::end_collective:
      return OTF2_EvtWriter_MpiCollectiveEnd(writer_, nullptr, at, function, communicator, root,
                                             it.bytes, it.bytes_received);
    case RecordKind::start_collective:
      return OTF2_EvtWriter_NonBlockingCollectiveRequest(writer_, nullptr, at, it.request);
    default:
      return OTF2_EvtWriter_NonBlockingCollectiveComplete(writer_, nullptr, at, function,
                                                          communicator, root, it.bytes,
                                                          it.bytes_received, it.request);
  }
}

OTF2_ErrorCode Otf2EventWriter::write_point(const Record& it) {
  const OTF2_TimeStamp at = otf2_time(it.at);
  if (it.kind == RecordKind::mark) {
    const std::string name = storage::stored_text(traces_.regions()[it.region].name);
    return OTF2_EvtWriter_ParameterString(writer_, nullptr, at, Otf2References::mark,
                                          references_.strings(name));
  }
  const OTF2_Type type = OTF2_TYPE_DOUBLE;
  OTF2_MetricValue value;
  value.floating_point = it.value;
  return OTF2_EvtWriter_Metric(writer_, nullptr, at, references_.counters(it.region), 1, &type,
                               &value);
}

}  // namespace foundation::exports::detail

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>

#include "exports/encoders.hpp"
#include "exports/protobuf.hpp"
#include "storage/column.hpp"

namespace foundation::exports {
namespace {

/// Numbers of fields: protos/perfetto/trace/*.proto of Perfetto.
namespace field {
constexpr std::uint32_t packet = 1;  // of Trace
constexpr std::uint32_t timestamp = 8, sequence = 10, track_event = 11, interned_data = 12,
                        sequence_flags = 13, track_descriptor = 60;  // of TracePacket
constexpr std::uint32_t uuid = 1, track_name = 2, process = 3, parent_uuid = 5,
                        track_counter = 8;          // TrackDescriptor
constexpr std::uint32_t pid = 1, process_name = 6;  // ProcessDescriptor
constexpr std::uint32_t event_names = 2;            // InternedData
constexpr std::uint32_t iid = 1, name = 2;          // EventName
constexpr std::uint32_t unit_name = 6;              // CounterDescriptor
constexpr std::uint32_t annotations = 4, type = 9, name_iid = 10, track_uuid = 11, event_name = 23,
                        double_counter_value = 44, flow_ids = 47,
                        terminating_flow_ids = 48;               // TrackEvent
constexpr std::uint32_t double_value = 5, annotation_name = 10;  // DebugAnnotation
}  // namespace field

constexpr std::uint64_t slice_begin = 1, slice_end = 2, instant = 3, counter_value = 4;

/// A track a thread below one a process, and one a counter and thread. A message is a flow from an
/// instant at the begin of the send to one at the end of the receive: slices may have been written
/// before it is known.
class Perfetto final : public Encoder {
 public:
  using Encoder::Encoder;

  void begin() override {
    Protobuf names;
    const auto& regions = traces().regions();
    for (std::size_t i = 1; i < regions.size(); ++i) {
      Protobuf name;
      name.number(field::iid, i);
      name.text(field::name, storage::stored_text(regions[i].name));
      names.message(field::event_names, name);
    }
    Protobuf packet;
    packet.number(field::sequence, 1);
    packet.number(field::sequence_flags, 1);  // what was interned before is forgotten
    packet.message(field::interned_data, names);
    emit(packet);
    for (std::uint32_t i = 0; i < traces().processes().size(); ++i) describe(i);
  }
  void call(const ExportedCall& it) override {
    Protobuf begin;
    begin.number(field::type, slice_begin);
    begin.number(field::name_iid, region(it.span.site, it.span.site.region).shared);
    event(it.span.enter, it.span.site, begin);
    Protobuf end;
    end.number(field::type, slice_end);
    event(it.leave, it.span.site, end);
  }
  void counter(const analysis::Point& it) override {
    Protobuf value;
    value.number(field::type, counter_value);
    value.fixed64(field::double_counter_value, std::bit_cast<std::uint64_t>(it.value));
    event_on(counter_track(it.site), it.at, value);
  }
  void mark(const analysis::Point& it) override {
    Protobuf annotation;
    annotation.text(field::annotation_name, "value");
    annotation.fixed64(field::double_value, std::bit_cast<std::uint64_t>(it.value));
    Protobuf mark;
    mark.number(field::type, instant);
    mark.number(field::name_iid, region(it.site, it.site.region).shared);
    mark.message(field::annotations, annotation);
    event(it.at, it.site, mark);
  }
  void message(const analysis::Message& it, std::uint64_t number) override {
    Protobuf sent;
    sent.number(field::type, instant);
    sent.text(field::event_name, "sent");
    sent.fixed64(field::flow_ids, number);
    event(it.send.enter, it.send.site, sent);
    Protobuf received;
    received.number(field::type, instant);
    received.text(field::event_name, "received");
    received.fixed64(field::terminating_flow_ids, number);
    event(it.receive.leave, it.receive.site, received);
  }
  void end(const ExportCounts& /*counts*/, analysis::TraceTime /*last*/) override {}

 private:
  static std::uint64_t process_track(std::uint32_t process) {
    return (std::uint64_t{process} + 1) << 32U;
  }
  static std::uint64_t thread_track(const analysis::Site& site) {
    return process_track(site.process) + site.stream + 1;
  }
  /// Made when the counter is first met there. Its number is none of a thread.
  std::uint64_t counter_track(const analysis::Site& site) {
    constexpr std::uint64_t first_counter = std::uint64_t{1} << 31U;
    const analysis::Region& what = region(site, site.region);
    const auto [found, is_new] =
        counters_.try_emplace({site.process, site.stream, what.shared},
                              process_track(site.process) + first_counter + counters_.size());
    if (!is_new) return found->second;
    Protobuf counter;
    if (!what.unit.empty()) counter.text(field::unit_name, storage::stored_text(what.unit));
    Protobuf track;
    track.number(field::uuid, found->second);
    track.number(field::parent_uuid, process_track(site.process));
    const std::string name = storage::stored_text(what.name);
    track.text(field::track_name,
               site.stream == 0 ? name : name + ", thread " + std::to_string(site.stream));
    track.message(field::track_counter, counter);
    emit_track(track);
    return found->second;
  }
  void describe(std::uint32_t process) {
    Protobuf descriptor;
    descriptor.number(field::pid, process + 1);  // pids of several hosts may be equal
    descriptor.text(field::process_name,
                    storage::stored_text(process_label(traces().processes()[process])));
    Protobuf track;
    track.number(field::uuid, process_track(process));
    track.message(field::process, descriptor);
    emit_track(track);
    const auto& streams = traces().processes()[process].recording->streams();
    for (std::uint32_t stream = 0; stream < streams.size(); ++stream) {
      Protobuf thread;
      thread.number(field::uuid, thread_track({.process = process, .stream = stream}));
      thread.number(field::parent_uuid, process_track(process));
      thread.text(field::track_name, "thread " + std::to_string(stream));
      emit_track(thread);
    }
  }
  void emit_track(const Protobuf& track) {
    Protobuf packet;
    packet.message(field::track_descriptor, track);
    emit(packet);
  }
  void event(analysis::TraceTime at, const analysis::Site& site, Protobuf& event) {
    event_on(thread_track(site), at, event);
  }
  void event_on(std::uint64_t track, analysis::TraceTime at, Protobuf& event) {
    event.number(field::track_uuid, track);
    Protobuf packet;
    packet.number(field::timestamp,
                  static_cast<std::uint64_t>(std::max<analysis::TraceTime>(at, 0)));
    packet.number(field::sequence, 1);
    packet.number(field::sequence_flags, 2);  // uses what was interned
    packet.message(field::track_event, event);
    emit(packet);
  }
  void emit(const Protobuf& packet) {
    Protobuf trace;
    trace.message(field::packet, packet);
    put(trace.bytes());
  }
  /// By process, stream and region.
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint64_t> counters_;
};

}  // namespace

std::unique_ptr<Encoder> make_perfetto(const analysis::TraceSet& traces,
                                       const ExportOptions& options, const Writer& write) {
  return std::make_unique<Perfetto>(traces, options, write);
}

}  // namespace foundation::exports

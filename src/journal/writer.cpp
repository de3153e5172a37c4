#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "core/error.hpp"
#include "core/mutation.hpp"
#include "core/reach.hpp"
#include "journal/format.hpp"
#include "journal/journal.hpp"
#include "journal/names.hpp"
#include "journal/watermark.hpp"

namespace foundation::journal {
namespace {

constexpr core::Duration watermark_period = std::chrono::seconds{1};

}  // namespace

Writer::Writer(const WriterOptions& options)
    : options_{options},
      chain_{FOUNDATION_MUTATION(chain_broken_at_epoch) ? 0 : options.predecessor.chain},
      appended_{options.predecessor.sequence},
      durable_{options.predecessor.sequence},
      watermark_{options.predecessor.sequence} {
  EXPECTS(options.epoch > options.predecessor.epoch && options.epoch <= max_file_number);
}

Sequence Writer::append(RecordType type, std::span<const std::byte> payload, core::Time now) {
  EXPECTS(type >= first_user_type);
  if (payload.size() > max_payload_bytes) {
    throw core::Error{core::ErrorKind::internal,
                      fmt::format("a journal record of {} bytes exceeds the limit of {}",
                                  payload.size(), max_payload_bytes)};
  }
  if (failed()) return ++appended_;
  if (group_.empty()) begin_group();
  if (records_ == 0) oldest_ = now;
  chain_ = append_record(group_, type, appended_ + 1, payload, chain_);
  ++records_;
  return ++appended_;
}

void Writer::begin_group() {
  if (segment_ == 0 || offset_ >= options_.segment_bytes) begin_segment();
}

void Writer::begin_segment() {
  EXPECTS(segment_ < max_file_number);
  ++segment_;
  FOUNDATION_REACHED_IF(segment_ > 1, segment_followed);
  offset_ = 0;
  chain_ = append_segment_header(group_, {.epoch = options_.epoch,
                                          .segment = segment_,
                                          .chain = chain_,
                                          .run = options_.run,
                                          .first_sequence = appended_ + 1});
  if (segment_ == 1) chain_ = append_open(group_, options_.predecessor);
}

std::optional<WriteRequest> Writer::next_write(core::Time now, bool flush) {
  if (in_flight_ || failed()) return std::nullopt;
  const bool must_open = flush && segment_ == 0;
  const auto due = deadline();
  if (!must_open && !(due && (flush || *due <= now))) return std::nullopt;
  if (group_.empty()) begin_group();
  const Commit commit{.records = std::exchange(records_, 0),
                      .chain = chain_,
                      .epoch = options_.epoch,
                      .group_begin = offset_,
                      .offset = offset_ + group_.size()};
  chain_ = append_commit(group_, appended_, commit);
  WriteRequest request{.ticket = ++ticket_,
                       .file = segment_file({options_.epoch, segment_}),
                       .create = offset_ == 0,
                       .offset = offset_,
                       .bytes = std::exchange(group_, std::move(spare_)),
                       .fence = claim_file(options_.epoch + 1)};
  group_.clear();
  offset_ += request.bytes.size();
  in_flight_ = InFlight{request.file, request.bytes.size(), appended_};
  if (FOUNDATION_MUTATION(acknowledged_before_sync)) durable_ = appended_;
  return request;
}

void Writer::done(WriteDone outcome) {
  EXPECTS(in_flight_ && outcome.ticket == ticket_);
  if (FOUNDATION_MUTATION(fence_ignored)) outcome.fenced = false;
  if (FOUNDATION_MUTATION(write_error_ignored)) outcome.error_number = 0;
  if (outcome.error_number != 0 || outcome.fenced) {
    fail(outcome);
  } else {
    durable_ = in_flight_->last;
    bytes_written_ += in_flight_->bytes;
  }
  in_flight_.reset();
  spare_ = std::move(outcome.buffer);
}

void Writer::fail(const WriteDone& outcome) {
  fenced_ = outcome.error_number == 0;
  FOUNDATION_REACHED_IF(!fenced_, write_failed);
  if (fenced_) {
    FOUNDATION_REACHED(stale_writer_fenced);
    failure_ = fmt::format("epoch {} has taken over the run: '{}' exists", options_.epoch + 1,
                           claim_file(options_.epoch + 1));
  } else {
    failure_ = fmt::format("cannot write '{}': {}", in_flight_->file,
                           std::generic_category().message(outcome.error_number));
  }
}

std::optional<std::string> Writer::watermark_due(core::Time now) {
  if (durable_ == watermark_) return std::nullopt;
  if (watermark_at_ && now - *watermark_at_ < watermark_period) return std::nullopt;
  watermark_at_ = now;
  watermark_ = durable_;
  return watermark();
}

std::string Writer::watermark() const {
  return format_watermark(FOUNDATION_MUTATION(watermark_too_high) ? appended_ : durable_);
}

Sequence Writer::appended() const noexcept { return appended_; }
Sequence Writer::durable() const noexcept { return durable_; }
bool Writer::failed() const noexcept { return !failure_.empty(); }
bool Writer::fenced() const noexcept { return fenced_; }
std::string Writer::failure() const { return failure_; }
std::uint64_t Writer::bytes_written() const noexcept { return bytes_written_; }

std::optional<core::Time> Writer::deadline() const noexcept {
  if (records_ == 0 || in_flight_ || failed()) return std::nullopt;
  return group_.size() >= options_.group_bytes ? oldest_ : oldest_ + options_.group_age;
}

}  // namespace foundation::journal

#include "runtime/publisher.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/log.hpp"

namespace foundation::runtime {
namespace {

constexpr int share_of_core = 100;  // a view that took t is followed by 100 t without one

}  // namespace

void Publisher::request(journal::Sequence durable, bool final) { wish_ = Wish{durable, final}; }

void Publisher::poll(core::Time now) {
  if (running_)
    if (const auto status = keeper_.finished()) ended(*status, now);
  if (!running_ && wish_ && (wish_->final || now >= not_before_)) begin(now);
}

void Publisher::begin(core::Time now) {
  std::vector<std::string> arguments{"rebuild", run_folder_.string(), "--until",
                                     std::to_string(wish_->durable)};
  if (!wish_->final) arguments.emplace_back("--partial");
  wish_.reset();
  keeper_.start(arguments);
  running_ = true;
  started_ = now;
}

void Publisher::ended(int status, core::Time now) {
  running_ = false;
  not_before_ = now + share_of_core * (now - started_);
  last_succeeded_ = status == 0;
  if (status != 0)
    core::log(core::LogLevel::warning,
              fmt::format("the HDF5 view could not be written (status {}); the journal is "
                          "complete: `foundation rebuild {}` makes it",
                          status, run_folder_.string()));
}

bool Publisher::finish(core::Duration limit) {
  const core::Time deadline = core::monotonic_now() + limit;
  for (core::Time now = core::monotonic_now(); (running_ || wish_) && now < deadline;
       now = core::monotonic_now()) {
    if (!running_) begin(now);
    if (const auto status = keeper_.wait_finished(deadline - now))
      ended(*status, core::monotonic_now());
  }
  return !running_ && last_succeeded_;
}

}  // namespace foundation::runtime

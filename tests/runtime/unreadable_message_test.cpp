#include <thread>

#include <gtest/gtest.h>

#include "coordinator_fixture.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "messaging/session.hpp"
#include "runtime/worker_host.hpp"
#include "tests/messaging/mpi_test_session.hpp"

namespace foundation::runtime {
namespace {

using messaging::Channel;
using messaging::Channels;
using testing::CoordinatedRun;
using testing::SyntheticEvaluator;

/// Cut messages, wrong kinds, and bytes of nobody's, on all channels.
void send_rubbish(Channels& channels) {
  core::Stream chance{5, core::Purpose::simulate};
  Bytes hello;
  pack(make_hello({.host = "here", .slots = 1, .reason = {}}), hello);
  Bytes foreign;
  pack(Leave::finalize, foreign);  // only a coordinator says this
  for (const Channel channel : {Channel::control, Channel::events, Channel::data}) {
    for (std::size_t size = 1; size < hello.size(); size += 7)
      channels.send(0, channel, std::span{hello}.first(size));
    channels.send(0, channel, foreign);
    for (int i = 0; i < 50; ++i) {
      Bytes bytes(1 + chance.below(200));
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(chance.next());
      // A kind of its own: known kinds with such bodies are in the test of the wire and the fuzzer.
      bytes.front() = static_cast<std::byte>(0x80 | chance.below(0x80));
      channels.send(0, channel, bytes);
    }
  }
}

/// A rank that talks nonsense first, and then works like any other.
void work(const messaging::Session& session) {
  Channels channels{session};
  send_rubbish(channels);
  MpiLink link{channels};
  SyntheticEvaluator evaluator{testing::small_job()};
  WorkerHost worker{link, evaluator, {.host = "here", .slots = 1, .reason = {}}};
  worker.run_slot();
  worker.flush();
}

void coordinate(const messaging::Session& session) {
  Channels channels{session};
  CoordinatedRun run{testing::small_job()};
  CoordinatorHost::Parts parts = run.parts();
  parts.channels = &channels;
  parts.ranks = session.size();
  parts.workers = session.size() - 1;
  CoordinatorHost host{parts};
  const campaign::EndReport report = run.run(host);
  EXPECT_EQ(report.ending, campaign::Ending::done) << report.message;
  EXPECT_TRUE(host.everybody_left());
}

TEST(UnreadableMessages, are_dropped_and_the_campaign_goes_on) {
  core::set_log_level(core::LogLevel::off);
  const messaging::Session& session = messaging::test_session();
  if (session.rank() == 0)
    coordinate(session);
  else
    work(session);
  core::set_log_level(core::LogLevel::info);
}

}  // namespace
}  // namespace foundation::runtime

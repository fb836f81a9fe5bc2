/**
 * The numbers of one partition's day, by name: how many users, messages, devices and spells there are, and how long things take.
 *
 * Method: whole numbers only. What DESIGN and REQUIREMENTS fix (500 M users, 20 G messages a day, 900 partitions of 256 slots, 100 bytes a
 * message) stands first; the rest is an assumption about people, named so that another can be tried.
 */

/** Users and messages of a partition's day: 500 M and 20 G over 900 partitions. */
export const usersPerPartition = 555_556;
export const messagesPerPartition = 22_222_222;
export const slotsPerDay = 256;

/** Bytes of a message's text. */
export const bodyBytes = 100;
/** Conversations a user; the k-th is used in proportion to 1/k. */
export const conversationsPerUser = 10;
/** Permille of users that have one, two and three devices: 1.5 on average. */
export const devicesPermille = [600, 300, 100] as const;
export const devicesPerUserMax = 3;
/** What every conversation holds when the day begins: everybody has seen it. */
export const seqAtStart = 50;

/** A day's messages by hour of the day, permille. */
export const messagesByHour = [18, 11, 7, 5, 5, 8, 17, 32, 43, 48, 50, 52, 56, 54, 50, 50, 53, 58, 64, 71, 76, 74, 58, 40] as const;
/** Messages of a talk are so many: 4 on average. */
export const talkMessages = [1, 1, 2, 3, 4, 5, 6, 10] as const;
/** Within a talk the next message follows after so long. */
export const talkPauseMsMin = 3_000;
export const talkPauseMsMax = 45_000;

/** A device stays on line, and off line, so long: uniform between the two. By night (until hour 7) it stays off line for longer. */
export const onlineMsMin = 30 * 60_000;
export const onlineMsMax = 7 * 3600_000;
export const offlineMsMin = 30 * 60_000;
export const offlineMsMax = 4 * 3600_000;
export const nightEndsHour = 7;
export const nightFactor = 2;
/** Share of devices on line when the day begins. */
export const onlineAtStartPermille = 300;
/** A device reads what it shows after so long; one reading covers what came meanwhile. */
export const readMsMin = 1_000;
export const readMsMax = 20_000;
/** Share of messages to a user on line that are read at once, by the first of the user's devices that is on line. */
export const readPermille = 700;

/** One step of virtual time: what happens within it is one turn of a node's loop. */
export const tickUs = 250;
/** One way between a device and its node, at least and at most. */
export const clientUsMin = 15_000;
export const clientUsMax = 60_000;
/** One way between two nodes. */
export const peerUs = 500;
/** The store: a durable write, a read, at least and at most. */
export const writeUsMin = 1_500;
export const writeUsMax = 4_000;
export const readUsMin = 500;
export const readUsMax = 2_000;
/** A token is verified, and random words are drawn, after so long. */
export const verifyUs = 500;
/** After midnight what is under way ends, then every device comes on line once within so long, then everything comes to rest. */
export const windDownMs = 10 * 60_000;
export const rollCallMs = 20 * 60_000;
export const restMs = 60_000;
/** Violations that are explained; the others are counted. */
export const violationsExplainedMax = 20;

/* The message type and the UnionPay header in words, Chinese and English. */
#ifndef VIEW_MESSAGE_WORDS_H
#define VIEW_MESSAGE_WORDS_H

#include "base/text.h"

/* "金融请求 financial request" for 0x0200; nothing for a type that has no words. */
void message_words_add_mti(struct text *t, uint16_t mti);

/* "目的 destination 0003, 源 source 0000" */
void message_words_add_tpdu(struct text *t, struct bytes tpdu);

/* Application class, versions, terminal state and the demand of the host (UnionPay POS, 1.3). */
void message_words_add_header(struct text *t, struct bytes header);

#endif

package practice

// Receipt is the number on a trainee's receipt, like a post office's: seven characters such as 7K3-Q2MD. It is made from
// the attempt's id by a one-to-one scramble, so it is unique, needs no column, and does not tell how many came before.
type Receipt string

const (
	receiptBits  = 35
	receiptMask  = 1<<receiptBits - 1
	receiptOdd   = 22_222_222_223 // odd, so that multiplying is one-to-one modulo a power of two
	receiptShift = 0x2_5A5A_5A5A
	crockford    = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// ReceiptOf is the receipt number of an attempt.
func ReceiptOf(id AttemptID) Receipt {
	v := (uint64(id)*receiptOdd + receiptShift) & receiptMask
	v ^= v >> 17 // spreads neighbours over the leading characters, too; still one-to-one
	var b [8]byte
	j := 0
	for i := range 7 {
		if i == 3 {
			b[j] = '-'
			j++
		}
		b[j] = crockford[v>>(receiptBits-5*(i+1))&31]
		j++
	}
	return Receipt(b[:])
}
